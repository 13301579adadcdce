// PEM (RFC 7468), strict: blocks and nothing between them but line breaks. Two deviations of real attestation evidence are
// taken: CRLF line ends, and NUL bytes after the last block (Intel's quoting library counts the terminator of its C string).
import { EvidenceError } from '../core/index.js'
import { decodeBase64, encodeBase64 } from './base64.js'
import { decodeUtf8 } from './utf8.js'

export interface PemBlock {
  /** For example `CERTIFICATE`. */
  readonly label: string
  readonly bytes: Uint8Array
}

const maxPemBytes = 1 << 20
const maxBlocks = 32

/**
 * All blocks in their order, at least one.
 * @throws EvidenceError ERR_ENCODING_PEM, also for text outside blocks and for a label other than the one asked for
 */
export function parsePem(input: Uint8Array | string, label?: string): readonly PemBlock[] {
  const lines = splitLines(input)
  const blocks: PemBlock[] = []
  let at = skipEmpty(lines, 0)
  while (at < lines.length) {
    if (blocks.length === maxBlocks) throw malformed(`more than ${maxBlocks} blocks`)
    const end = findEnd(lines, at)
    blocks.push(readBlock(lines.slice(at, end + 1), label))
    at = skipEmpty(lines, end + 1)
  }
  if (blocks.length === 0) throw malformed('expected a block, found none')
  return blocks
}

/** One block with lines of 64 characters. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const body = encodeBase64(bytes).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...body, `-----END ${label}-----`, ''].join('\n')
}

/** True where bytes start as PEM does: certificate tables and files hold either PEM or DER. */
export function isPem(bytes: Uint8Array): boolean {
  return bytes[0] === 0x2d
}

function splitLines(input: Uint8Array | string): string[] {
  if (input.length > maxPemBytes) throw malformed(`expected at most ${maxPemBytes} bytes, found ${input.length}`)
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (text === undefined) throw malformed('not text')
  return text.slice(0, endOfText(text)).split(/\r?\n/)
}

/** Where the NUL bytes at the end begin. */
function endOfText(text: string): number {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return end
}

function skipEmpty(lines: readonly string[], from: number): number {
  let at = from
  while (at < lines.length && lines[at] === '') at++
  return at
}

function findEnd(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, i) => i > from && line.startsWith('-----'))
  if (end < 0) throw malformed(`line ${from + 1}: a block has no end`)
  return end
}

function readBlock(lines: readonly string[], wanted: string | undefined): PemBlock {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,64})-----$/.exec(lines[0] ?? '')?.[1]
  if (label === undefined) throw malformed('expected a BEGIN line')
  if (lines.at(-1) !== `-----END ${label}-----`) throw malformed(`expected the end of ${label}`)
  if (wanted !== undefined && label !== wanted) throw malformed(`expected ${wanted}, found ${label}`)
  return { label, bytes: decodeBody(lines.slice(1, -1)) }
}

function decodeBody(lines: readonly string[]): Uint8Array {
  if (lines.length === 0 || lines.includes('')) throw malformed('a block is empty or holds an empty line')
  try {
    return decodeBase64(lines.join(''))
  } catch (cause) {
    throw malformed('a block is not base64', cause)
  }
}

function malformed(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError('ERR_ENCODING_PEM', `PEM text: ${message}`, cause === undefined ? {} : { cause })
}
