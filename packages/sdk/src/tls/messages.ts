// The messages of the exchange, in deterministic CBOR (docs/attested-tls.md, "Messages"). Decoding is strict: one form each, every
// field in its range, nothing beside them.
import { assertNever, EvidenceError } from '../core/index.js'
import { type CborMap, type CborValue, isCborMap, parseCbor } from '../encoding/index.js'
import { writeCbor } from './cbor-writer.js'
import { sha256Bytes } from './digest.js'
import { FieldReader } from './fields.js'
import { encodeProof, type Proof, parseProof, type Tier } from './proof.js'
import { nonceBytes } from './transcript.js'

/** First of the client: who asks, what it takes for proof, what it could prove itself. */
export interface Hello {
  readonly type: 'hello'
  readonly nonce: Uint8Array
  /** Accepted from the server, in order of preference. */
  readonly wants: readonly Tier[]
  /** Ids of server keys whose evidence the client remembers. */
  readonly known: readonly Uint8Array[]
  /** Tiers in which the client could prove itself; empty for a client without evidence. */
  readonly offers: readonly Tier[]
  /** The id of the key that the client would sign with. */
  readonly key?: Uint8Array
}

/** Only of the server. `cmw` is absent exactly where the proof rests on evidence that the client remembers. */
export interface EvidenceMessage {
  readonly type: 'evidence'
  readonly nonce: Uint8Array
  readonly cmw?: Uint8Array
  readonly proof: Proof
  /** Present where the client must prove itself too. */
  readonly requires?: Requirement
}

export interface Requirement {
  readonly tier: Tier
  /** The server remembers the evidence for the client's key. */
  readonly knowsKey: boolean
}

/** Second of the client: it accepts. `echo` is the server's nonce: an answer cannot precede the question. */
export interface Final {
  readonly type: 'final'
  readonly echo: Uint8Array
  readonly cmw?: Uint8Array
  readonly proof?: Proof
}

/** Second of the server, only after evidence of the client: it accepts too. */
export interface Ready {
  readonly type: 'ready'
}

/** Of either side, instead of what is due: it does not go on. */
export interface Alert {
  readonly type: 'alert'
  readonly reason: AlertReason
  readonly retryAfterMs?: number
}

export type Message = Hello | EvidenceMessage | Final | Ready | Alert

export const alertReasons = ['protocol', 'timeout', 'refused', 'unavailable', 'tier', 'unattested'] as const
export type AlertReason = (typeof alertReasons)[number]

const protocolVersion = 1
export const maxKnownKeys = 16
const maxCmwBytes = 240 * 1024
const maxRetryAfterMs = 3_600_000

const types = ['hello', 'evidence', 'final', 'ready', 'alert'] as const
const tiers = ['perConnection', 'boundKey'] as const

/** Payload bytes at most, by type. */
export const maxMessageBytes: Readonly<Record<Message['type'], number>> = {
  hello: 1024,
  evidence: 256 * 1024,
  final: 256 * 1024,
  ready: 16,
  alert: 64
}

/** A `final` without evidence. */
export const maxBareFinalBytes = 64

/** A whole frame: the length of the message in four bytes, big endian, and the message. */
export function encodeFrame(message: Message): Uint8Array {
  const fields = new Map<number, CborValue>([[1, types.indexOf(message.type) + 1], ...fieldsOf(message)])
  const frame = writeCbor(fields, 4)
  new DataView(frame.buffer).setUint32(0, frame.length - 4)
  return frame
}

/** @throws EvidenceError ERR_TLS_PROTOCOL */
export function parseMessage(payload: Uint8Array): Message {
  const fields = new FieldReader(parseMap(payload), 'message')
  const type = types[fields.integer(1, [1, types.length], 'type') - 1] ?? 'ready'
  const message = readMessage(type, fields)
  fields.end()
  if (payload.length <= maxMessageBytes[type]) return message
  throw fields.fail(`${type}: expected at most ${maxMessageBytes[type]} bytes`)
}

function fieldsOf(message: Message): [number, CborValue][] {
  switch (message.type) {
    case 'hello':
      return helloFields(message)
    case 'evidence':
      return [
        [2, message.nonce],
        ...optional(3, message.cmw),
        [4, encodeProof(message.proof)],
        ...optional(5, message.requires && encodeRequirement(message.requires))
      ]
    case 'final':
      return [
        [2, message.echo],
        ...optional(3, message.cmw),
        ...optional(4, message.proof && encodeProof(message.proof))
      ]
    case 'ready':
      return []
    case 'alert':
      return [[2, alertReasons.indexOf(message.reason) + 1], ...optional(3, message.retryAfterMs)]
    default:
      return assertNever(message)
  }
}

function helloFields({ nonce, wants, known, offers, key }: Hello): [number, CborValue][] {
  return [
    [2, protocolVersion],
    [3, nonce],
    [4, wants.map(encodeTier)],
    ...optional(5, known.length === 0 ? undefined : known),
    ...optional(6, offers.length === 0 ? undefined : offers.map(encodeTier)),
    ...optional(7, key)
  ]
}

function readMessage(type: Message['type'], fields: FieldReader): Message {
  switch (type) {
    case 'hello':
      return readHello(fields)
    case 'evidence':
      return readEvidence(fields)
    case 'final':
      return { type, echo: fields.bytes(2, [nonceBytes, nonceBytes], 'echo'), ...readProofFields(fields) }
    case 'ready':
      return { type }
    case 'alert':
      return readAlert(fields)
    default:
      return assertNever(type)
  }
}

function readHello(fields: FieldReader): Hello {
  fields.integer(2, [protocolVersion, protocolVersion], 'version')
  const nonce = fields.bytes(3, [nonceBytes, nonceBytes], 'nonce')
  const wants = readTiers(fields, 4, 'wants')
  const list = { maxItems: maxKnownKeys, bytes: sha256Bytes }
  const known = fields.has(5) ? fields.listOfBytes(5, list, 'known') : []
  const offers = fields.has(6) ? readTiers(fields, 6, 'offers') : []
  const hello: Hello = { type: 'hello', nonce, wants, known, offers }
  return fields.has(7) ? { ...hello, key: fields.bytes(7, [sha256Bytes, sha256Bytes], 'key') } : hello
}

function readEvidence(fields: FieldReader): EvidenceMessage {
  const nonce = fields.bytes(2, [nonceBytes, nonceBytes], 'nonce')
  const { proof, ...rest } = readProofFields(fields)
  if (proof === undefined) throw fields.fail('proof: expected one', 'proof')
  const message: EvidenceMessage = { type: 'evidence', nonce, proof, ...rest }
  return fields.has(5) ? { ...message, requires: readRequirement(fields.map(5, 'requires')) } : message
}

/** Evidence and proof come together, except where the verifier remembers the evidence. */
function readProofFields(fields: FieldReader): { readonly cmw?: Uint8Array; readonly proof?: Proof } {
  const proof = fields.has(4) ? parseProof(fields.map(4, 'proof')) : undefined
  const cmw = fields.has(3) ? fields.bytes(3, [1, maxCmwBytes], 'cmw') : undefined
  const needsCmw = proof !== undefined && proof.kind !== 'knownKey'
  if (needsCmw !== (cmw !== undefined)) throw fields.fail('cmw: expected evidence with a proof over it, or neither')
  return { ...(cmw === undefined ? {} : { cmw }), ...(proof === undefined ? {} : { proof }) }
}

function encodeRequirement({ tier, knowsKey }: Requirement): CborMap {
  return new Map<number, CborValue>([[1, encodeTier(tier)], ...optional(2, knowsKey ? true : undefined)])
}

function readRequirement(map: CborMap): Requirement {
  const fields = new FieldReader(map, 'requires')
  const tier = tierOfNumber(fields.integer(1, [1, tiers.length], 'tier'))
  const requirement = { tier, knowsKey: fields.flag(2, 'knows key') }
  fields.end()
  return requirement
}

function readAlert(fields: FieldReader): Alert {
  const reason = alertReasons[fields.integer(2, [1, alertReasons.length], 'reason') - 1] ?? 'protocol'
  if (!fields.has(3)) return { type: 'alert', reason }
  return { type: 'alert', reason, retryAfterMs: fields.integer(3, [0, maxRetryAfterMs], 'retry after') }
}

function readTiers(fields: FieldReader, key: number, name: string): readonly Tier[] {
  const list = fields.listOfIntegers(key, [1, tiers.length], name).map(tierOfNumber)
  if (list.length === 0) throw fields.fail(`${name}: expected at least one`, name)
  return list
}

function encodeTier(tier: Tier): number {
  return tiers.indexOf(tier) + 1
}

function tierOfNumber(number: number): Tier {
  return tiers[number - 1] ?? 'perConnection'
}

function optional(key: number, value: CborValue | undefined): [number, CborValue][] {
  return value === undefined ? [] : [[key, value]]
}

function parseMap(payload: Uint8Array): CborMap {
  try {
    const value = parseCbor(payload, 'message', { maxDepth: 4, maxItems: 256, requireSortedKeys: true })
    if (isCborMap(value)) return value
  } catch (cause) {
    throw new EvidenceError('ERR_TLS_PROTOCOL', 'message: not deterministic CBOR', { cause })
  }
  throw new EvidenceError('ERR_TLS_PROTOCOL', 'message: expected a map')
}
