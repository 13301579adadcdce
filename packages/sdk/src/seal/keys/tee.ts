// A slot that a TEE opens with a key of its firmware. Every input of the derivation stands in the slot, and the source has the last word on
// which it takes: a slot that asks for less than the source demands would be open to guests that the source does not know.
import { concatBytes, equalBytes, toHex, UnavailableError, utf8 } from '../../core/index.js'
import type { CborValue } from '../../encoding/index.js'
import { allocateLocked, type LockedMemory, loadAead } from '../../native/index.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { withSecret } from './secret-bytes.js'
import {
  bindingOf,
  encodeParameters,
  expectBytesIn,
  expectIntegerIn,
  keyBytes,
  parseParameters,
  unopened
} from './stanza.js'
import {
  type Derivation,
  expectDerivation,
  type KeyDerivingTee,
  requestOf,
  type TeeKeyOptions
} from './tee-derivation.js'
import { unwrapSecret, wrapSecret } from './wrap-secret.js'

const kind = 'tee'

/**
 * A slot bound to this chip and to this image (`exact`). The key is lost with the chip, with a firmware that the vendor revokes, and for every
 * other image: have a durable slot beside it, and hand the store over before an upgrade. A source opens the slots that were made with the
 * same binding and at least its own floors.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @throws PolicyError ERR_POLICY_SIMULATOR
 * @example
 * const keys = [teeKey(await detect(), { bind: 'exact' }), recoveryKey('age1…')]
 */
export function teeKey(
  tee: KeyDerivingTee | { readonly provider: KeyDerivingTee },
  options: TeeKeyOptions = {}
): KeySource {
  const derivation = expectDerivation(tee, options)
  return {
    kind,
    survival: 'hardware',
    wrap: (key, context) => wrap(derivation, key, context),
    unwrap: (stanza, context) => unwrap(derivation, stanza, context)
  }
}

/** Into locked memory, by way of a KDF with a label: no two uses share a key. @throws UnavailableError of the provider */
export async function deriveKek(
  { tee, request }: Derivation,
  label: string,
  binding: Uint8Array
): Promise<LockedMemory> {
  const derived = await tee.deriveKey?.(request)
  if (!(derived instanceof Uint8Array) || derived.length !== keyBytes) {
    derived?.fill(0)
    throw new UnavailableError('ERR_DEVICE_RESPONSE', `${tee.name}: expected a key of ${keyBytes} bytes`)
  }
  return withSecret(derived, async () => {
    const kek = await allocateLocked(keyBytes)
    ;(await loadAead()).expand(derived, concatBytes(utf8(`tresor-seal/1 ${label}\0`), binding), kek)
    return kek
  })
}

async function wrap(derivation: Derivation, key: Uint8Array, context: WrapContext): Promise<Stanza> {
  const parameters = encodeParameters(parametersOf(derivation))
  const binding = bindingOf(kind, parameters, context)
  const kek = await deriveKek(derivation, 'tee slot', new Uint8Array(0))
  try {
    return { kind, parameters, body: await wrapSecret(kek, key, binding) }
  } finally {
    kek.wipe()
  }
}

function parametersOf({ tee, bind, request }: Derivation): Record<string, CborValue> {
  return {
    tee: tee.simulated ? 'simulated snp' : 'snp',
    bind,
    'root-key': request.rootKey,
    fields: request.fields,
    vmpl: request.vmpl,
    ...(request.guestSvn === undefined ? {} : { 'guest-svn': request.guestSvn }),
    ...(request.tcbVersion === undefined ? {} : { 'tcb-version': request.tcbVersion })
  }
}

async function unwrap(own: Derivation, stanza: Stanza, context: WrapContext): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  const slot = parseSlot(own, stanza)
  if (slot === undefined) return undefined
  assertFloors(own, slot)
  const kek = await deriveForSlot(slot)
  try {
    const binding = bindingOf(kind, stanza.parameters, context)
    const key = await unwrapSecret(kek, stanza.body, binding, keyBytes)
    if (key === undefined) throw unopened(kind, 'this image, launch or chip has another key, or the slot was changed')
    return key
  } finally {
    kek.wipe()
  }
}

/** The derivation that the slot asks for; `undefined` where it is not one that this source makes. */
function parseSlot(own: Derivation, stanza: Stanza): Derivation | undefined {
  const parameters = parseParameters(
    stanza,
    ['tee', 'bind', 'root-key', 'fields', 'vmpl'],
    ['guest-svn', 'tcb-version']
  )
  const svn = parameters.get('guest-svn')
  const tcb = parameters.get('tcb-version')
  const request = requestOf(own.bind, {
    vmpl: expectIntegerIn(stanza, parameters.get('vmpl'), 0, 3),
    ...(svn === undefined ? {} : { minSvn: expectIntegerIn(stanza, svn, 0, 0xffff_ffff) }),
    ...(tcb === undefined ? {} : { minTcb: expectBytesIn(stanza, tcb, 8) })
  })
  const slot = { tee: own.tee, bind: own.bind, request }
  const isOwn = equalBytes(encodeParameters(parametersOf(slot)), stanza.parameters)
  return isOwn && request.vmpl === own.request.vmpl ? slot : undefined
}

/** A slot with lower floors, or none, would let in what this source keeps out. */
function assertFloors({ request: own }: Derivation, { request: slot }: Derivation): void {
  if (own.guestSvn !== undefined && (slot.guestSvn ?? -1) < own.guestSvn) {
    throw unopened(kind, `its SVN floor is ${slot.guestSvn ?? 'absent'}, below the ${own.guestSvn} that is demanded`)
  }
  const tcb = slot.tcbVersion
  if (own.tcbVersion?.every((part, i) => tcb !== undefined && (tcb[i] as number) >= part) === false) {
    throw unopened(kind, `its TCB floor is below the ${toHex(own.tcbVersion)} that is demanded`)
  }
}

const invalidParameters = 0x16

/** The firmware refuses floors above what this guest was launched with. */
async function deriveForSlot(slot: Derivation): Promise<LockedMemory> {
  try {
    return await deriveKek(slot, 'tee slot', new Uint8Array(0))
  } catch (error) {
    if (!(error instanceof UnavailableError && error.details.status === invalidParameters)) throw error
    throw unopened(kind, 'this guest is older than the slot admits', error)
  }
}
