// What bytes of unknown origin hold: certificates, a list, signed collateral. Read once, and remembered by their digest.
import { TresorError } from '../../core/index.js'
import { isPem, parsePem } from '../../encoding/pem.js'
import { type Certificate, parseCertificate } from '../../x509/index.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import { type Known, type Memory, sha256Hex } from '../memory.js'
import { parseSignedJson, type SignedCollateral, splitSigned } from './signed-collateral.js'

export type Hint =
  | { readonly type: 'certificate'; readonly value: Certificate; readonly sha256: string }
  | { readonly type: 'crl'; readonly value: Crl; readonly sha256: string }
  | { readonly type: 'collateral'; readonly value: SignedCollateral; readonly sha256: string }

/**
 * Bytes that are nothing of ours are left alone; malformed ones of ours are left out, since a hint that cannot be read is a hint that
 * is not there.
 */
export async function readHints(bytes: Uint8Array, sha256: string, memory: Memory): Promise<readonly Hint[]> {
  return memory.memo('intel-hint', sha256, () => parseHints(bytes, sha256, memory))
}

async function parseHints(bytes: Uint8Array, sha256: string, memory: Memory): Promise<readonly Hint[]> {
  try {
    const { pem, json } = splitSigned(bytes)
    if (json[0] === 0x7b) return await parseSigned(pem, json, sha256, memory)
    if (isPem(bytes)) return await parseBlocks(bytes, memory)
    return bytes[0] === 0x30 ? [parseDer(bytes, sha256)] : []
  } catch (error) {
    if (TresorError.is(error)) return []
    throw error
  }
}

async function parseSigned(
  pem: Uint8Array,
  json: Uint8Array,
  sha256: string,
  memory: Memory
): Promise<readonly Hint[]> {
  const issuers = pem.length === 0 ? [] : await readIssuers(pem, memory)
  const value = parseSignedJson(
    json,
    issuers.map(({ certificate }) => certificate)
  )
  return [{ type: 'collateral', value, sha256 }, ...issuers.map((issuer) => hintOf(issuer.certificate, issuer.sha256))]
}

/** TCB info and QE identity come with the same issuers. */
async function readIssuers(pem: Uint8Array, memory: Memory): Promise<readonly Known[]> {
  const key = await sha256Hex(pem)
  return memory.memo('intel-issuers', key, () =>
    Promise.all(parsePem(pem, 'CERTIFICATE').map(({ bytes }) => readCertificate(bytes, memory)))
  )
}

/** The root stands in every chain. */
export async function readCertificate(der: Uint8Array, memory: Memory): Promise<Known> {
  const sha256 = await sha256Hex(der)
  return { certificate: await memory.memo('intel-certificate', sha256, () => parseCertificate(der)), sha256 }
}

async function parseBlocks(bytes: Uint8Array, memory: Memory): Promise<readonly Hint[]> {
  const hints: Hint[] = []
  for (const block of parsePem(bytes)) {
    if (block.label === 'X509 CRL') {
      hints.push({ type: 'crl', value: parseCrl(block.bytes), sha256: await sha256Hex(block.bytes) })
      continue
    }
    const { certificate, sha256 } = await readCertificate(block.bytes, memory)
    hints.push(hintOf(certificate, sha256))
  }
  return hints
}

function hintOf(value: Certificate, sha256: string): Hint {
  return { type: 'certificate', value, sha256 }
}

/** One certificate or one list: the reader of the other refuses it. */
function parseDer(bytes: Uint8Array, sha256: string): Hint {
  if (isList(bytes)) return { type: 'crl', value: parseCrl(bytes), sha256 }
  return hintOf(parseCertificate(bytes), sha256)
}

/**
 * Inside its two outer headers a certificate of version 3 begins with [0], a list with an INTEGER or a SEQUENCE. Decides which reader
 * is asked, nothing else.
 */
function isList(bytes: Uint8Array): boolean {
  return bytes[bodyAt(bytes, bodyAt(bytes, 0))] !== 0xa0
}

/** Where the content of the element at `at` begins. */
function bodyAt(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0
  return at + 2 + (length > 0x80 ? length & 0x7f : 0)
}
