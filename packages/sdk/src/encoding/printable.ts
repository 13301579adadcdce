// Text of hostile origin, made safe for messages and terminals.

/** At most 64 characters, all printable ASCII; others become question marks. */
export function toPrintable(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}
