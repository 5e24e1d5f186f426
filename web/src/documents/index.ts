/** Live documents in the browser: one Y.Doc a document, its provider, what is unsaved. The shell asks these two before signing out. */

export function hasUnsaved(): boolean {
  return false;
}

/** Takes away every draft kept on this device. */
export async function clearLocal(): Promise<void> {}
