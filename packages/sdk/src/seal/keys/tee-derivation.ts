// What a key of the SNP firmware is made to depend on (AMD 56860 rev 1.58, §7.2, MSG_KEY_REQ). Only what cannot change while the guest runs,
// and nothing that is not asked for: every input stands in the slot.
import {
  expectBoolean,
  expectBytes,
  expectInteger,
  expectOneOf,
  expectOptions,
  PolicyError,
  UsageError
} from '../../core/index.js'

/** As the providers of `@tresor/sdk/attest` take it. */
export interface TeeKeyRequest {
  readonly rootKey: 'vcek'
  readonly fields: readonly ('guestPolicy' | 'familyId' | 'measurement' | 'guestSvn' | 'tcbVersion')[]
  readonly vmpl: number
  readonly guestSvn?: number
  readonly tcbVersion?: Uint8Array
}

/** A TEE that derives keys: an SNP provider of `@tresor/sdk/attest`, or its simulator. */
export interface KeyDerivingTee {
  readonly kind: string
  readonly name: string
  readonly simulated: boolean
  /** 32 bytes, the same for the same guest and request. The caller wipes them. */
  deriveKey?(request: TeeKeyRequest): Promise<Uint8Array>
}

export interface TeeKeyOptions {
  /**
   * `exact`: this measurement only. `signer`: every image of the same family id with at least `minSvn`, whoever signed its ID block: see
   * `unsafeAcceptAnySigner`. Default `exact`.
   */
  readonly bind?: 'exact' | 'signer'
  /** Lowest guest SVN that may have the key, at most the SVN of this guest's ID block. Needed for `signer`. */
  readonly minSvn?: number
  /** Lowest TCB that may have the key: eight bytes as in a report, at most the committed TCB. */
  readonly minTcb?: Uint8Array
  /** 0 to 3, not below the level that this guest runs at. Default 0. */
  readonly vmpl?: number
  /** Takes a simulator, whose keys protect nothing. */
  readonly allowSimulator?: boolean
  /**
   * Needed for `signer`: the firmware does not let a key depend on who signed the ID block. A host that starts a guest of its own, with an ID
   * block of its own that carries your family id and a high SVN, may get the same key. Use it where the host is not the adversary.
   */
  readonly unsafeAcceptAnySigner?: boolean
}

/** A TEE and the request for one key, checked. */
export interface Derivation {
  readonly tee: KeyDerivingTee
  readonly bind: 'exact' | 'signer'
  readonly request: TeeKeyRequest
}

const optionNames = ['bind', 'minSvn', 'minTcb', 'vmpl', 'allowSimulator', 'unsafeAcceptAnySigner'] as const

/**
 * @throws UsageError ERR_USAGE_OPTION
 * @throws PolicyError ERR_POLICY_SIMULATOR
 */
export function expectDerivation(
  tee: KeyDerivingTee | { readonly provider: KeyDerivingTee },
  options: TeeKeyOptions
): Derivation {
  expectOptions(options, optionNames, 'teeKey')
  const provider = expectTee(typeof tee === 'object' && 'provider' in tee ? tee.provider : tee, options)
  const bind = expectOneOf(options.bind ?? 'exact', ['exact', 'signer'], 'bind')
  if (bind === 'signer') expectSignerOptions(options)
  return { tee: provider, bind, request: requestOf(bind, options) }
}

/** The fields of a kind of binding, always in this order. */
export function requestOf(
  bind: 'exact' | 'signer',
  { minSvn, minTcb, vmpl = 0 }: Pick<TeeKeyOptions, 'minSvn' | 'minTcb' | 'vmpl'>
): TeeKeyRequest {
  const guestSvn = minSvn === undefined ? undefined : expectInteger(minSvn, [0, 0xffff_ffff], 'minSvn')
  const tcbVersion = minTcb === undefined ? undefined : expectBytes(minTcb, 8, 'minTcb').slice()
  return {
    rootKey: 'vcek',
    fields: [
      'guestPolicy',
      bind === 'exact' ? 'measurement' : 'familyId',
      ...(guestSvn === undefined ? [] : (['guestSvn'] as const)),
      ...(tcbVersion === undefined ? [] : (['tcbVersion'] as const))
    ],
    vmpl: expectInteger(vmpl, [0, 3], 'vmpl'),
    ...(guestSvn === undefined ? {} : { guestSvn }),
    ...(tcbVersion === undefined ? {} : { tcbVersion })
  }
}

function expectTee(tee: KeyDerivingTee, { allowSimulator = false }: TeeKeyOptions): KeyDerivingTee {
  if (typeof tee !== 'object' || tee === null || tee.kind !== 'snp' || typeof tee.deriveKey !== 'function') {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      'tee: expected an SNP provider that derives keys; others use brokerKey or tpmKey',
      {
        details: { field: 'tee' }
      }
    )
  }
  if (expectBoolean(tee.simulated, 'tee.simulated') && !expectBoolean(allowSimulator, 'allowSimulator')) {
    throw new PolicyError('ERR_POLICY_SIMULATOR', 'teeKey: the keys of a simulator protect nothing')
  }
  return tee
}

function expectSignerOptions({ minSvn, unsafeAcceptAnySigner = false }: TeeKeyOptions): void {
  if (minSvn === undefined) {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      "minSvn: needed with bind 'signer': an older image could open the store else"
    )
  }
  if (expectBoolean(unsafeAcceptAnySigner, 'unsafeAcceptAnySigner')) return
  throw new UsageError(
    'ERR_USAGE_OPTION',
    "bind: 'signer' needs unsafeAcceptAnySigner, for the firmware binds no key to the signer of an image; use 'exact' with a hand-off, or a broker"
  )
}
