// What a policy can demand of an SNP guest and its platform. JSON values; bytes as hex in lower case.
import type { SnpGuestPolicyFlag, SnpPlatformFlag, SnpProduct, SnpSigningKey, SnpTcb } from '../../evidence/index.js'
import type { AcceptedDigests } from '../named-digest.js'

/** Least security version numbers, by product. A product that is not here is not accepted. */
export type TcbFloors = { readonly [product in SnpProduct]?: SnpTcb }

export type FlagRule = boolean | 'any'

/** Flags of the guest policy, and the least firmware interface that it must demand. */
export type GuestPolicyRule = { readonly [flag in SnpGuestPolicyFlag]: FlagRule } & { readonly minAbi?: string }

/** Fields of identity are always there; the rest, where absent, is not restricted. */
export interface SnpRule {
  readonly kind: 'snp'
  readonly measurement: AcceptedDigests
  readonly minTcb: 'any' | TcbFloors
  readonly product: 'any' | readonly SnpProduct[]
  /** The least privileged level that is accepted: a report from this level or a more privileged one (a lower number). */
  readonly vmpl: number
  readonly guestPolicy: GuestPolicyRule
  readonly chipId: 'any' | readonly string[]
  /** Accepts guests whose memory the host can read. */
  readonly unsafeAcceptDebug?: true
  readonly hostData?: readonly string[]
  readonly idKeyDigest?: readonly string[]
  readonly authorKeyDigest?: readonly string[]
  readonly familyId?: readonly string[]
  readonly imageId?: readonly string[]
  readonly minGuestSvn?: number
  readonly signingKey?: readonly SnpSigningKey[]
  readonly cspId?: readonly string[]
  readonly platformInfo?: { readonly [flag in SnpPlatformFlag]?: FlagRule }
  readonly minLaunchTcb?: TcbFloors
  /** Bits that the mitigation vectors must have, as hex numbers such as `0x0b`. Reports before version 5 have no vectors. */
  readonly launchMitVector?: string
  readonly currentMitVector?: string
}

/** Names of flags, from the table of their bits. */
export function keysOf<K extends string>(table: Readonly<Record<K, number>>): readonly K[] {
  return Object.keys(table) as K[] // a literal has no other keys
}
