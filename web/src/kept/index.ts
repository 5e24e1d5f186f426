/** What this device keeps so that the page works without a network. */
export { forgetAnswers, forgetMe, isAway, orKept, recall, recallAll, recallMe, remember, rememberMe, type Kept } from "./answers";
export { forgetNotes, keepNote, MOST_UNSENT, unsentCount, unsentNotes, UNSENT_NOTES, type UnsentNote } from "./notes";
export { isShared, kept, mayKeep, setShared, showKept } from "./device.svelte";
