// A slot that a TPM 2.0 opens while its PCRs have the values that they were named with.
import { concatBytes, equalBytes } from '../../core/index.js'
import type { CborValue } from '../../encoding/index.js'
import { parseRecord, type RecordReader } from '../store/record-reader.js'
import { responseCode } from '../tpm/constants.js'
import { TpmRefusal } from '../tpm/failure.js'
import { sized } from '../tpm/marshal.js'
import { expectPcrs, expectTpmOptions, type TpmOptions, type TpmPlace } from '../tpm/options.js'
import { maxPcr, type PcrValues, policyDigestOf, readPcrs } from '../tpm/pcr.js'
import {
  maxPrivateBytes,
  maxPublicBytes,
  type SealedObject,
  sealedTemplate,
  sealObject,
  unsealObject
} from '../tpm/sealed-object.js'
import type { SaltKey } from '../tpm/session.js'
import { withPrimary } from '../tpm/storage-primary.js'
import { type Tpm, withTpm } from '../tpm/tpm.js'
import { expectKey } from './broker.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { randomSecret, withSecret } from './secret-bytes.js'
import { bindingOf, encodeParameters, expectBytesIn, keyBytes, malformed, parseParameters, unopened } from './stanza.js'
import { unwrapSecret, wrappedLength, wrapSecret } from './wrap-secret.js'

export type TpmKeyOptions = TpmOptions & {
  /**
   * Numbers of PCRs (SHA-256): they are bound to as they are when the slot is made. Or values by number, 32 bytes each, as the next image
   * will have them: that is how a store is handed to it.
   */
  readonly pcrs: readonly number[] | Readonly<Record<number, Uint8Array>>
}

const kind = 'tpm'

/**
 * A slot bound to this TPM and to what its PCRs measured. It is lost with the TPM, when its owner hierarchy is cleared, and for other
 * software. Whoever can talk to the TPM can make such a slot, so that opening one does not prove who made it.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const keys = [tpmKey({ device: true, pcrs: [4, 7, 11] }), recoveryKey('age1…')]
 */
export function tpmKey(options: TpmKeyOptions): KeySource {
  const { pcrs, ...rest } = options
  const place = expectTpmOptions(rest, 'tpmKey')
  const wanted = expectPcrs(pcrs)
  return {
    kind,
    survival: 'hardware',
    wrap: (key, context) => wrap(place, wanted, key, context),
    unwrap: (stanza, context) => unwrap(place, wanted, stanza, context)
  }
}

type Wanted = readonly number[] | PcrValues

async function wrap(place: TpmPlace, wanted: Wanted, key: Uint8Array, context: WrapContext): Promise<Stanza> {
  return withTpm(place.address, async (tpm) => {
    const values = Array.isArray(wanted) ? await readPcrs(tpm, wanted) : (wanted as PcrValues) // no array: see expectPcrs
    const policy = policyDigestOf(values)
    return withPrimary(tpm, place.ownerAuth, async (primary) => {
      const parameters = encodeParameters(parametersOf([...values.keys()], policy, primary.name))
      return withSecret(randomSecret(keyBytes), async (kek) => {
        const object = await sealObject(tpm, primary, policy, kek)
        const wrapped = await wrapSecret(kek, key, bindingOf(kind, parameters, context))
        return { kind, parameters, body: concatBytes(sized(object.privateArea), sized(object.publicArea), wrapped) }
      })
    })
  })
}

function parametersOf(pcrs: readonly number[], policy: Uint8Array, primary: Uint8Array): Record<string, CborValue> {
  return { bank: 'sha256', pcrs, policy, primary }
}

/** The primary's name tells TPMs apart, and is what salts are sent to: a TPM put in between learns nothing. */
async function unwrap(
  place: TpmPlace,
  wanted: Wanted,
  stanza: Stanza,
  context: WrapContext
): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  const slot = parseSlot(stanza)
  if (!equalNumbers(slot.pcrs, numbersOf(wanted))) return undefined
  const kek = await withTpm(place.address, (tpm) =>
    withPrimary(tpm, place.ownerAuth, async (primary) =>
      equalBytes(primary.name, slot.primary) ? open(tpm, primary, slot) : undefined
    )
  )
  return withSecret(kek, async (secret) => {
    if (secret === undefined) return undefined
    const key = await unwrapSecret(secret, slot.wrapped, bindingOf(kind, stanza.parameters, context), keyBytes)
    if (key === undefined) throw unopened(kind, 'it was changed')
    return key
  })
}

const refusals: Readonly<Record<number, string>> = {
  [responseCode.policyFail]: 'the PCRs have other values: other software was booted',
  [responseCode.integrity]: 'what this TPM sealed was changed'
}

async function open(tpm: Tpm, primary: SaltKey, slot: Slot): Promise<Uint8Array> {
  try {
    return expectKey(await unsealObject(tpm, primary, slot, slot.pcrs))
  } catch (error) {
    const reason = error instanceof TpmRefusal ? refusals[error.rc] : undefined
    if (reason === undefined) throw error
    throw unopened(kind, reason, error)
  }
}

interface Slot extends SealedObject {
  readonly pcrs: readonly number[]
  readonly primary: Uint8Array
  readonly wrapped: Uint8Array
}

function parseSlot(stanza: Stanza): Slot {
  const parameters = parseParameters(stanza, ['bank', 'pcrs', 'policy', 'primary'])
  if (parameters.get('bank') !== 'sha256') throw malformed(kind, 'another bank than SHA-256')
  const policy = expectBytesIn(stanza, parameters.get('policy'), 32)
  const object = parseRecord(stanza.body, `slot of kind ${kind}`, (reader) => ({
    privateArea: readSized(reader, maxPrivateBytes),
    publicArea: readSized(reader, maxPublicBytes),
    wrapped: reader.bytes(wrappedLength(keyBytes), 'wrapped key')
  }))
  assertTemplate(object.publicArea, policy)
  return {
    ...object,
    pcrs: parsePcrs(parameters.get('pcrs')),
    primary: expectBytesIn(stanza, parameters.get('primary'), 34)
  }
}

/** An object that a password opens, or another policy, is none of ours. */
function assertTemplate(publicArea: Uint8Array, policy: Uint8Array): void {
  const template = sealedTemplate(policy)
  const isOurs =
    publicArea.length === template.length + 34 && equalBytes(publicArea.subarray(0, template.length), template)
  if (!isOurs) throw malformed(kind, 'an object that is not sealed to its policy alone')
}

function parsePcrs(value: CborValue | undefined): readonly number[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= maxPcr + 1
  const numbers = isList ? value.filter((pcr): pcr is number => typeof pcr === 'number') : []
  const isAscending = numbers.every((pcr, i) => pcr > (numbers[i - 1] ?? -1) && pcr <= maxPcr)
  if (!isList || numbers.length !== value.length || !isAscending)
    throw malformed(kind, 'PCRs that are no ascending list')
  return numbers
}

function readSized(reader: RecordReader, max: number): Uint8Array {
  const length = reader.u16be('size')
  if (length > max) throw reader.fail(`expected at most ${max} bytes, found ${length}`)
  return reader.bytes(length, 'sealed object')
}

function numbersOf(wanted: Wanted): readonly number[] {
  return [...(Array.isArray(wanted) ? wanted : wanted.keys())]
}

function equalNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
