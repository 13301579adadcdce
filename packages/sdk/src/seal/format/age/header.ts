// The header of an age file (c2sp.org/age, header), strictly: one text for the same stanzas, and nothing else is a header.
import { concatBytes, utf8 } from '../../../core/index.js'
import { decodeRaw, decodeRawOf, encodeRaw } from './base64.js'
import { malformed } from './failures.js'
import type { AgeStanza } from './stanza.js'

export const versionLine = 'age-encryption.org/v1\n'

/** More than anybody's recipients need, and little enough to hold in memory before anything is authentic. */
export const maxHeaderBytes: number = 1 << 20
const maxStanzas = 1024
const macBytes = 32
const columns = 64

export interface AgeHeader {
  readonly stanzas: readonly AgeStanza[]
  /** What the MAC is computed over: everything up to `---`. */
  readonly authenticated: Uint8Array
  readonly mac: Uint8Array
}

/** What the MAC is computed over. The stanzas are those of recipients, which `assertStanza` has looked at. */
export function encodeStanzas(stanzas: readonly AgeStanza[]): Uint8Array {
  return utf8(`${versionLine}${stanzas.map(encodeStanza).join('')}---`)
}

export function encodeHeader(authenticated: Uint8Array, mac: Uint8Array): Uint8Array {
  return concatBytes(authenticated, utf8(` ${encodeRaw(mac)}\n`))
}

/** Whether what recipients wrote can stand in a header. */
export function isStanza({ args, body }: AgeStanza): boolean {
  return args.length > 0 && args.every((argument) => /^[!-~]+$/.test(argument)) && body instanceof Uint8Array
}

function encodeStanza({ args, body }: AgeStanza): string {
  const text = encodeRaw(body)
  const lines = Array.from({ length: Math.floor(text.length / columns) + 1 }, (_, i) =>
    text.slice(i * columns, (i + 1) * columns)
  )
  return `-> ${args.join(' ')}\n${lines.join('\n')}\n`
}

/**
 * `bytes` is a whole header, to the end of its last line.
 * @throws SealError ERR_SEALED_FORMAT
 */
export function parseHeader(bytes: Uint8Array): AgeHeader {
  const text = asciiOf(bytes)
  if (!text.startsWith(versionLine)) throw malformed('expected the version line of age v1')
  const end = text.lastIndexOf('\n---')
  if (end < 0 || !text.endsWith('\n')) throw malformed('expected a header that ends in a line with its MAC')
  const mac = /^--- (\S+)\n$/.exec(text.slice(end + 1))?.[1]
  if (mac === undefined) throw malformed('expected a MAC after --- and one space')
  return {
    stanzas: parseStanzas(text.slice(versionLine.length, end + 1)),
    authenticated: bytes.slice(0, end + 4),
    mac: decodeRawOf(mac, macBytes, 'MAC of the header')
  }
}

function parseStanzas(text: string): readonly AgeStanza[] {
  const lines = text.split('\n')
  // Every line has an end: after the last one comes nothing.
  if (lines.pop() !== '') throw malformed('expected stanzas of whole lines')
  const stanzas: AgeStanza[] = []
  for (let at = 0; at < lines.length; ) {
    const args = parseArguments(lines[at++])
    const from = at
    while (lines[at]?.length === columns) at++
    const last = lines[at++]
    if (last === undefined || last.length > columns) throw malformed('expected a body that ends in a short line')
    stanzas.push({ args, body: decodeRaw(lines.slice(from, at).join(''), 'body of a stanza') })
    if (stanzas.length > maxStanzas) throw malformed(`expected at most ${maxStanzas} stanzas`)
  }
  if (stanzas.length === 0) throw malformed('expected at least one stanza')
  return stanzas
}

function parseArguments(line = ''): readonly string[] {
  const [arrow, ...args] = line.split(' ')
  if (arrow !== '->' || args.length === 0 || !args.every((argument) => /^[!-~]+$/.test(argument))) {
    throw malformed('expected a stanza that begins with -> and its arguments')
  }
  return args
}

/** One character for each byte, so that positions are the same. */
function asciiOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
