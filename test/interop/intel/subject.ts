// What is asked: one quote, at one time, with one platform's collateral, the same for every verifier.
import { toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import { encodePem } from '../../../packages/sdk/src/encoding/pem.js'

/** Collateral as text and DER, so that each verifier gets the same bytes in the form that it takes. */
export interface Platform {
  /** DER of the root to trust. */
  readonly root: Uint8Array
  /** True where it is Intel's, which our verifier has pinned. */
  readonly isIntel: boolean
  readonly rootCrl: Uint8Array
  readonly pckCrl: Uint8Array
  /** DER, CA first. */
  readonly pckCrlIssuers: readonly Uint8Array[]
  readonly tcbInfo: SignedText
  readonly qeIdentity: SignedText
  /** DER, TCB signing first. */
  readonly signers: readonly Uint8Array[]
}

/** The inner object as it was signed, and r ‖ s in hex. */
export interface SignedText {
  readonly text: string
  readonly signature: string
}

export interface Subject {
  readonly id: string
  readonly kind: 'tdx' | 'sgx'
  readonly quote: Uint8Array
  readonly now: Date
  readonly platform: Platform
}

/** In the words of the peers' protocol. */
export function encodePlatform(platform: Platform): Readonly<Record<string, string>> {
  return {
    root: toHex(platform.root),
    rootCrl: toHex(platform.rootCrl),
    pckCrl: toHex(platform.pckCrl),
    pckCrlIssuerChain: encodeChain(platform.pckCrlIssuers),
    tcbInfo: platform.tcbInfo.text,
    tcbInfoSignature: platform.tcbInfo.signature,
    qeIdentity: platform.qeIdentity.text,
    qeIdentitySignature: platform.qeIdentity.signature,
    signingChain: encodeChain(platform.signers)
  }
}

/** In the forms that `createCollateral` takes. */
export function givenOf(platform: Platform): readonly Uint8Array[] {
  const chain = encodeChain(platform.signers)
  const signed = (name: string, { text, signature }: SignedText): Uint8Array =>
    utf8(`${chain}{"${name}":${text},"signature":"${signature}"}`)
  return [
    ...(platform.tcbInfo.text === '' ? [] : [signed('tcbInfo', platform.tcbInfo)]),
    ...(platform.qeIdentity.text === '' ? [] : [signed('enclaveIdentity', platform.qeIdentity)]),
    ...[platform.pckCrl, platform.rootCrl].filter((list) => list.length > 0)
  ]
}

function encodeChain(chain: readonly Uint8Array[]): string {
  return chain.map((der) => encodePem('CERTIFICATE', der)).join('')
}

/** Splits a body as the service sends it, without a JSON parser that would rewrite it. */
export function splitSigned(body: Uint8Array): SignedText {
  const text = new TextDecoder().decode(body)
  const inner =
    /^\s*\{\s*"(?:tcbInfo|enclaveIdentity)"\s*:\s*(\{.*\})\s*,\s*"signature"\s*:\s*"([0-9a-fA-F]+)"\s*\}\s*$/s.exec(
      text
    )
  if (inner?.[1] === undefined || inner[2] === undefined) throw new Error('collateral: not in the form of the service')
  return { text: inner[1], signature: inner[2] }
}

export const noText: SignedText = { text: '', signature: '' }

/** go-tdx-guest reads quotes of TDX only. */
export function readableFor({ name }: { readonly name: string }, subjects: readonly Subject[]): readonly Subject[] {
  return name === 'go-tdx-guest' ? subjects.filter(({ kind }) => kind === 'tdx') : subjects
}

/** True where there is collateral, without which nobody decides anything. */
export function isRated({ platform }: Subject): boolean {
  return platform.tcbInfo.text !== '' && platform.rootCrl.length > 0
}
