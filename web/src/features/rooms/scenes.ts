/**
 * A scene is a few orders at once, as a person would give them one by one: so the room's own rules leave those devices in peace for half an hour.
 * What is already so is not ordered again; "chạy tay" orders every device to be what it is.
 */
import { isClimate, isLight, type RoomDevice } from "./room";

export const SCENES = ["discuss", "present", "rest", "finish"] as const;
export type Scene = (typeof SCENES)[number];

export interface Wish {
  device: RoomDevice;
  value: unknown;
}

const FULL = 100;
const DIMMED = 40;

export function wishesOf(scene: Scene, devices: readonly RoomDevice[]): Wish[] {
  return devices.flatMap((device) => {
    const value = device.available ? wished(scene, device) : undefined;
    return value === undefined || isSo(device, value) ? [] : [{ device, value }];
  });
}

function wished(scene: Scene, device: RoomDevice): unknown {
  switch (device.kind) {
    case "light":
      if (scene === "finish") return { on: false };
      return device.abilities.dims ? { on: true, brightness: scene === "present" ? DIMMED : FULL } : { on: true };
    case "microphone":
      return scene === "rest" || scene === "finish" ? false : undefined; // each opens his own
    case "climate":
      return scene === "finish" && device.abilities.modes.includes("off") ? { mode: "off" } : undefined;
    default:
      return undefined;
  }
}

function isSo({ value: is }: RoomDevice, value: unknown): boolean {
  if (isLight(is) && isLight(value)) return is.on === value.on && (!value.on || (value.brightness ?? null) === null || is.brightness === value.brightness);
  if (isClimate(is) && isClimate(value)) return is.mode === value.mode;
  return is === value;
}

/** Everything stays as it is and is left in peace: the room runs by hand. */
export function keepAll(devices: readonly RoomDevice[]): Wish[] {
  return devices.flatMap((device): Wish[] => {
    if (!device.available || device.value === null || device.value === undefined) return [];
    if (device.kind === "microphone" && typeof device.value === "boolean") return [{ device, value: device.value }];
    if (device.kind === "light" && isLight(device.value)) {
      const { on, brightness } = device.value;
      return [{ device, value: on && device.abilities.dims && brightness ? { on, brightness } : { on } }];
    }
    if (device.kind === "climate" && isClimate(device.value) && device.value.mode) return [{ device, value: { mode: device.value.mode } }];
    return [];
  });
}
