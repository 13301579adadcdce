// The side that verifies: what a proof says about one connection, under the policies of its owner.
import { crypto } from '#crypto'
import { assertNever, EvidenceError, PolicyError } from '../core/index.js'
import type { PublicKey } from '../crypto/index.js'
import type { Appraisal, Verifier } from '../verify/index.js'
import { parseKeyAlgorithm } from '../x509/index.js'
import { sha256 } from './digest.js'
import { judgedAt, type KnownKey, type KnownKeys, type Moment } from './known-keys.js'
import { rootOf } from './merkle.js'
import { type KnownKeyProof, type NewKeyProof, type Proof, type Tier, tierOf } from './proof.js'
import { type CertificateVerdict, judgeCertificate } from './ra-tls/judge-certificate.js'
import { shareEqualParts } from './share.js'
import { batchReportData, keyLeaf, type Role, signedDigest } from './transcript.js'
import type { Binding } from './verdict.js'
import { verifyByAny } from './verify-by-any.js'

/** A question to a peer, and what its answer must be about. */
export interface Expectation {
  /** Of the peer. */
  readonly role: Role
  readonly leaf: Uint8Array
  /** The nonce of ours that is in `leaf`. */
  readonly nonce: Uint8Array
  /** When that nonce was made. */
  readonly asked: Moment
  /** Whose keys are remembered: where the connection leads to. */
  readonly peer: string
}

export interface Answer {
  readonly proof: Proof
  readonly cmw?: Uint8Array
}

/** What a judge takes, beside its policies. */
export interface Terms {
  readonly tiers: readonly Tier[]
  readonly bindings: readonly Binding[]
  readonly knownKeys: KnownKeys
}

export interface Judge extends Terms {
  /**
   * @throws EvidenceError, PolicyError, UnavailableError as `verify`; EvidenceError ERR_TLS_BINDING, ERR_TLS_PROTOCOL for a proof
   * that does not fit
   */
  judge(expectation: Expectation, answer: Answer): Promise<Appraisal>
  /**
   * What the certificate of a peer proves that does not speak this protocol.
   * @throws EvidenceError, PolicyError, UnavailableError as `verifyRaTlsCertificate`; PolicyError ERR_POLICY_UNATTESTED where the terms take none
   */
  judgeCertificate(der: Uint8Array): Promise<CertificateVerdict>
}

/** `verifiers`: the evidence must pass one of them. */
export function createJudge(verifiers: readonly Verifier[], terms: Terms): Judge {
  const { tiers, bindings, knownKeys } = terms
  let last: Appraisal | undefined
  const verifyEvidence: VerifyEvidence = async (cmw, reportData) => {
    last = shareEqualParts(last, await verifyByAny(verifiers, cmw, reportData))
    return last
  }
  const tools: Tools = { knownKeys, verifyEvidence, verifyNew: onceAtATime(verifyEvidence) }
  return {
    ...terms,
    judgeCertificate: async (der) => {
      if (bindings.includes('certificate')) return judgeCertificate(verifiers, der, new Date(knownKeys.now().wall))
      throw new PolicyError('ERR_POLICY_UNATTESTED', 'attested TLS: evidence in a certificate is not accepted here')
    },
    judge: async (expectation, answer) => {
      requireTier(tiers, tierOf(answer.proof))
      return judgeProof(tools, expectation, answer)
    }
  }
}

type VerifyEvidence = (cmw: Uint8Array, reportData: Uint8Array) => Promise<Appraisal>

interface Tools {
  readonly knownKeys: KnownKeys
  readonly verifyEvidence: VerifyEvidence
  /** For evidence that other connections may bring at the same time. */
  readonly verifyNew: VerifyEvidence
}

function judgeProof(tools: Tools, expectation: Expectation, { proof, cmw = nothing }: Answer): Promise<Appraisal> {
  switch (proof.kind) {
    case 'connection':
      return tools.verifyNew(cmw, batchReportData(rootOf(expectation.leaf, proof.inclusion)))
    case 'newKey':
      return judgeNewKey(tools, expectation, proof, cmw)
    case 'knownKey':
      return judgeKnownKey(tools, expectation, proof)
    default:
      return assertNever(proof)
  }
}

const nothing = new Uint8Array(0)

async function judgeNewKey(
  { knownKeys, verifyNew }: Tools,
  { role, leaf, nonce, asked, peer }: Expectation,
  { spki, signature, inclusion }: NewKeyProof,
  cmw: Uint8Array
): Promise<Appraisal> {
  const key = await importP256(spki)
  await requireSignature(key, leaf, signature)
  const reportData = batchReportData(rootOf(keyLeaf(role, nonce, spki, leaf), inclusion))
  const appraisal = await verifyNew(cmw, reportData)
  knownKeys.remember({
    id: sha256(spki),
    key,
    cmw,
    reportData,
    peer,
    asked,
    judged: judgedAt(knownKeys.now(), appraisal)
  })
  return appraisal
}

async function judgeKnownKey(
  tools: Tools,
  { leaf, peer }: Expectation,
  { keyId, signature }: KnownKeyProof
): Promise<Appraisal> {
  const known = tools.knownKeys.find(peer, keyId)
  if (known === undefined) throw misbound('signed by a key whose evidence is unknown here, or too old', 'key id')
  await requireSignature(known.key, leaf, signature)
  return tools.knownKeys.isCurrent(known.judged) ? known.judged.appraisal : judgeAgain(tools, known)
}

/** Collateral may have come or ended since the evidence was judged last. */
async function judgeAgain({ knownKeys, verifyEvidence }: Tools, known: KnownKey): Promise<Appraisal> {
  const { cmw, reportData } = known
  const at = knownKeys.now()
  const appraisal = await verifyEvidence(cmw, reportData).catch((error: unknown) =>
    forgetAndThrow(knownKeys, known, error)
  )
  known.judged = judgedAt(at, appraisal)
  return appraisal
}

function forgetAndThrow(knownKeys: KnownKeys, known: KnownKey, error: unknown): never {
  knownKeys.forget(known)
  throw error
}

async function requireSignature(key: PublicKey, leaf: Uint8Array, signature: Uint8Array): Promise<void> {
  const isValid = await crypto.verifyEcdsa(key, 'sha256', signedDigest(leaf), signature)
  if (!isValid) throw misbound('the signature of the bound key is not over this connection', 'signature')
}

async function importP256(spki: Uint8Array): Promise<PublicKey> {
  const algorithm = parseKeyAlgorithm(spki)
  if (algorithm.kind === 'ec' && algorithm.curve === 'P-256') return crypto.importSpki(spki)
  throw misbound('expected a bound key on P-256', 'key')
}

function requireTier(tiers: readonly Tier[], tier: Tier): void {
  if (tiers.includes(tier)) return
  throw misbound(`expected a proof of tier ${tiers.join(' or ')}, found ${tier}`, 'tier')
}

/** Connections of one batch bring the same evidence at the same time: the second waits for the first instead of verifying too. */
function onceAtATime(verify: VerifyEvidence): VerifyEvidence {
  const running = new Map<string, Running>()
  return (cmw, reportData) => {
    const key = Buffer.from(reportData).toString('latin1')
    const found = running.get(key)
    if (found !== undefined) return Buffer.compare(found.cmw, cmw) === 0 ? found.verdict : verify(cmw, reportData)
    const verdict = verify(cmw, reportData).finally(() => running.delete(key))
    running.set(key, { cmw, verdict })
    return verdict
  }
}

interface Running {
  readonly cmw: Uint8Array
  readonly verdict: Promise<Appraisal>
}

function misbound(message: string, field: string): EvidenceError {
  return new EvidenceError('ERR_TLS_BINDING', `attested TLS: ${message}`, { details: { field } })
}
