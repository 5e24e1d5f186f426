/** Live documents, as the shell sees them: what to ask, and what to do, before signing out. Opening one is `live.svelte.ts`, which is not loaded for this. */
export { clearLocal, hasUnsaved, settleDevice, unsavedDocuments } from "./keeping";
