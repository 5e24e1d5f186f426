/** A phone in the hand says it without a sound; a browser that has not been touched yet lets no page shake it. */
export function shake(pattern: number[]): void {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(pattern);
}
