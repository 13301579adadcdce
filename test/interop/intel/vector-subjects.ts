// The real quotes of the conformance cases, with what each is verified with.
import { type Certificate, parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { readVector, readVectorJson } from '../../support/vectors.js'
import { noText, type Platform, type Subject, splitSigned } from './subject.js'

interface VectorCase {
  readonly id: string
  readonly file: string
  readonly kind: string
  readonly with: readonly string[]
  readonly at: string | null
}

const certificates = {
  root: 'certs/intel-sgx-root-ca.der',
  platform: 'certs/intel-pck-platform-ca.der',
  processor: 'certs/intel-pck-processor-ca.der',
  /** One key, three certificates. */
  signers: [
    'certs/intel-tcb-signing-2018.der',
    'certs/intel-tcb-signing-2018-to-2033.der',
    'certs/intel-tcb-signing-2025.der'
  ]
} as const

/** Every case with a quote of TDX or SGX, whatever its outcome. */
export function readVectorSubjects(): readonly Subject[] {
  const cases = readVectorJson('cases.json') as readonly VectorCase[] // described in the README of the vectors
  return cases.filter(({ kind }) => /^(tdx|sgx)-quote-v\d$/.test(kind)).map(readSubject)
}

function readSubject({ id, file, kind, with: given, at }: VectorCase): Subject {
  const now = new Date(at ?? '2026-06-01T00:00:00Z')
  const tee = kind.startsWith('tdx') ? 'tdx' : 'sgx'
  return { id, kind: tee, quote: readVector(file), now, platform: readPlatform(given, now) }
}

const platforms = new Map<string, Platform>()

/** Cases share collateral, and peers are told of it once. */
function readPlatform(given: readonly string[], now: Date): Platform {
  const signer = signerAt(now)
  const key = [...given, signer].join()
  const platform = platforms.get(key) ?? loadPlatform(given, signer)
  platforms.set(key, platform)
  return platform
}

function loadPlatform(given: readonly string[], signer: string): Platform {
  const find = (part: string): string | undefined => given.find((path) => path.includes(part))
  const bytes = (path: string | undefined): Uint8Array => (path === undefined ? new Uint8Array(0) : readVector(path))
  const signed = (path: string | undefined) => (path === undefined ? noText : splitSigned(readVector(path)))
  const root = readVector(certificates.root)
  const ca = find('crl-pck-processor') === undefined ? certificates.platform : certificates.processor
  return {
    root,
    isIntel: true,
    rootCrl: bytes(find('crl-root-ca')),
    pckCrl: bytes(find('crl-pck')),
    pckCrlIssuers: [readVector(ca), root],
    tcbInfo: signed(find('tcbinfo')),
    qeIdentity: signed(find('qeidentity')),
    signers: [readVector(signer), root]
  }
}

/** The files of collateral come without the chain that the service sends in a header. */
function signerAt(now: Date): string {
  const valid = certificates.signers.find((path) => isValid(parseCertificate(readVector(path)), now))
  return valid ?? certificates.signers[2]
}

function isValid({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return notBefore <= now && now <= notAfter
}
