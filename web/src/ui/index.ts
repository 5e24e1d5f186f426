/** The kit: no domain words in here. `import { Button, Icon, toast } from "$/ui"`. */
export { default as Announcer } from "./Announcer.svelte";
export { default as Avatar } from "./Avatar.svelte";
export { default as Button } from "./Button.svelte";
export { default as Chip } from "./Chip.svelte";
export { default as Dialog } from "./Dialog.svelte";
export { default as Empty } from "./Empty.svelte";
export { default as Field } from "./Field.svelte";
export { default as Hint } from "./Hint.svelte";
export { default as Icon } from "./Icon.svelte";
export { default as List } from "./List.svelte";
export { default as Menu, type Command } from "./Menu.svelte";
export { default as Notice } from "./Notice.svelte";
export { default as Segments } from "./Segments.svelte";
export { default as Select } from "./Select.svelte";
export { default as Skeleton } from "./Skeleton.svelte";
export { default as Tabs } from "./Tabs.svelte";
export { announce, toast } from "./announce.svelte";
export type { IconName } from "./icons";
