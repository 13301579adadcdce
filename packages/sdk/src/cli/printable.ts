// Text of whatever origin, made safe for a terminal: no control characters, nothing that changes the direction of writing.

const unsafe = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Letters of all scripts stay; what would control the terminal or hide text becomes visible. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Long hex by its ends, so that lines stay readable. Programs get it whole, with --json. */
export function shortHex(text: string): string {
  return text.replaceAll(/(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{16,}([0-9a-f]{8})(?![0-9a-f])/g, '$1…$2')
}

/** Both shortened; whole where they differ in the middle only. */
export function shortHexPair(expected: string, actual: string): readonly [expected: string, actual: string] {
  const [a, b] = [shortHex(expected), shortHex(actual)]
  return expected !== actual && (a === b || a.includes(b)) ? [expected, actual] : [a, b]
}
