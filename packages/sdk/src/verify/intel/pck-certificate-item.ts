// The PCK certificate of a platform that a quote names and does not carry: certification data of types 1 to 3.
// Intel SGX and TDX Provisioning Certification Service API v4, "Get PCK Certificate"; Intel PCCS design guide, "Get PCK Certificate".
import { concatBytes, EvidenceError, equalBytes, toHex, utf8 } from '../../core/index.js'
import type { PpidCertification, Quote } from '../../evidence/quote/index.js'
import type { Certificate } from '../../x509/index.js'
import { parseCertificates } from '../../x509/parse-certificates.js'
import type { CollateralItem } from '../collateral/collateral.js'
import { sha256Hex } from '../memory.js'
import { decodeChain, pcs, validityOfCertificates } from './items.js'
import { isPckLeaf } from './pck-chain.js'
import { parsePckExtension } from './pck-extension.js'

/** Bytes of the id of the quoting enclave, at the start of the user data of a quote's header. */
const qeIdBytes = 16

/**
 * The certificate, then its issuers. Nobody signs what the quote says of its platform, and the service answers with the highest level
 * that it knows below: whether the certificate's key signed the quote's enclave is for the caller to prove.
 */
export async function pckCertificateItem(
  { userData }: Quote,
  named: PpidCertification
): Promise<CollateralItem<readonly Certificate[]>> {
  const path = `/sgx/certification/v4/pckcert?${queryOf(named)}#qeid=${toHex(userData.subarray(0, qeIdBytes))}`
  return {
    ...pcs,
    type: 'intel-pck-certificate',
    key: `intel-pck-certificate-${await sha256Hex(utf8(path))}`,
    path,
    maxBytes: 65_536,
    accept: ['application/x-pem-file', 'application/pem-certificate-chain', 'text/plain'],
    pack: packChain,
    parse: (pem) => requireNamed(parseCertificates(pem), named),
    validity: validityOfCertificates
  }
}

/**
 * Intel's service finds a platform by its PPID, encrypted as in type 3. Caching services find it by the id of its quoting enclave, which
 * stands behind `#`: nobody sends that as it is, and `pccs` makes it part of the query.
 */
function queryOf({ type, ppid, cpuSvn, pceSvn, pceId }: PpidCertification): string {
  const encryptedPpid = type === 3 ? `encrypted_ppid=${toHex(ppid)}&` : ''
  return `${encryptedPpid}cpusvn=${toHex(cpuSvn)}&pcesvn=${hexOfU16(pceSvn)}&pceid=${hexOfU16(pceId)}`
}

/** Little endian. */
function hexOfU16(value: number): string {
  return toHex(Uint8Array.of(value & 0xff, value >> 8))
}

/** Issuers come in a header, URL-encoded. Without it they are found on their own. */
function packChain(body: Uint8Array, header: (name: string) => string | null): Uint8Array {
  const issuers = header('SGX-PCK-Certificate-Issuer-Chain')
  return issuers === null ? body : concatBytes(body, utf8('\n'), decodeChain(issuers))
}

function requireNamed(certificates: readonly Certificate[], named: PpidCertification): readonly Certificate[] {
  const [leaf] = certificates
  if (leaf === undefined || !isPckLeaf(leaf)) throw mismatch('a PCK certificate, then its issuers')
  const { ppid, pceId } = parsePckExtension(leaf)
  if (pceId !== hexOfU16(named.pceId)) throw mismatch(`PCE id ${hexOfU16(named.pceId)}`)
  if (named.type === 1 && !equalBytes(ppid, named.ppid)) throw mismatch('the PPID that the quote names')
  return certificates
}

function mismatch(expected: string): EvidenceError {
  return new EvidenceError('ERR_COLLATERAL_MISMATCH', `PCK certificate: expected ${expected}`)
}
