// PEM (RFC 7468), strict: blocks and nothing between them but line breaks. Two deviations of real attestation evidence are
// taken: CRLF line ends, and NUL bytes after the last block (Intel's quoting library counts the terminator of its C string).
import { EvidenceError } from '../core/index.js'
import { decodeBase64, encodeBase64 } from './base64.js'
import { toPrintable } from './printable.js'
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
  const text = textOf(input)
  const blocks: PemBlock[] = []
  let at = skipBreaks(text, 0)
  while (at < text.length) {
    if (blocks.length === maxBlocks) throw malformed(`more than ${maxBlocks} blocks`)
    const end = endOfBlock(text, at)
    blocks.push(readBlock(text.slice(at, end), label))
    at = skipBreaks(text, end)
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

/** Without what real evidence has beside blocks: CR before LF, NUL at the end. */
function textOf(input: Uint8Array | string): string {
  if (input.length > maxPemBytes) throw malformed(`expected at most ${maxPemBytes} bytes, found ${input.length}`)
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (text === undefined) throw malformed('not text')
  const own = text.slice(0, endOfText(text))
  return own.includes('\r') ? own.replaceAll('\r\n', '\n') : own
}

/** Where the NUL bytes at the end begin. */
function endOfText(text: string): number {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return end
}

function skipBreaks(text: string, from: number): number {
  let at = from
  while (text[at] === '\n') at++
  return at
}

/** Where the line ends that ends the block: the next one that begins with dashes. */
function endOfBlock(text: string, from: number): number {
  const dashes = text.indexOf('\n-----', from)
  if (dashes < 0) throw malformed(`a block has no end: ${toPrintable(text.slice(from))}`)
  const end = text.indexOf('\n', dashes + 1)
  return end < 0 ? text.length : end
}

function readBlock(block: string, wanted: string | undefined): PemBlock {
  const [begin, label] = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\n/.exec(block) ?? []
  if (begin === undefined || label === undefined) throw malformed('expected a BEGIN line')
  const end = `-----END ${label}-----`
  if (!block.endsWith(`\n${end}`)) throw malformed(`expected the end of ${label}`)
  if (wanted !== undefined && label !== wanted) throw malformed(`expected ${wanted}, found ${label}`)
  return { label, bytes: decodeBody(block.slice(begin.length, -end.length)) }
}

/** Lines, each with its break. */
function decodeBody(lines: string): Uint8Array {
  if (lines === '' || lines.startsWith('\n') || lines.includes('\n\n'))
    throw malformed('a block is empty or holds an empty line')
  try {
    return decodeBase64(lines.replaceAll('\n', ''))
  } catch (cause) {
    throw malformed('a block is not base64', cause)
  }
}

function malformed(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError('ERR_ENCODING_PEM', `PEM text: ${message}`, cause === undefined ? {} : { cause })
}
