// What the platform says about its own configuration (AMD 56860, PLATFORM_INFO).

export interface SnpPlatformInfo {
  readonly smt: boolean
  readonly tsme: boolean
  readonly ecc: boolean
  readonly raplDisabled: boolean
  readonly ciphertextHiding: boolean
  /** The memory was searched for aliased addresses, and there are none. */
  readonly aliasCheckComplete: boolean
  /** Trusted I/O is on. */
  readonly tio: boolean
}

export type SnpPlatformFlag = keyof SnpPlatformInfo

/** Bit of each flag. */
export const platformInfoBits: Readonly<Record<SnpPlatformFlag, number>> = {
  smt: 0,
  tsme: 1,
  ecc: 2,
  raplDisabled: 3,
  ciphertextHiding: 4,
  aliasCheckComplete: 5,
  tio: 7
}

/** Bits that no published document explains are ignored: Turin machines in use set bit 6. */
export function parsePlatformInfo(info: bigint): SnpPlatformInfo {
  const low = Number(info & 0xffn)
  const isSet = (flag: SnpPlatformFlag): boolean => ((low >>> platformInfoBits[flag]) & 1) === 1
  return {
    smt: isSet('smt'),
    tsme: isSet('tsme'),
    ecc: isSet('ecc'),
    raplDisabled: isSet('raplDisabled'),
    ciphertextHiding: isSet('ciphertextHiding'),
    aliasCheckComplete: isSet('aliasCheckComplete'),
    tio: isSet('tio')
  }
}

/** Sets the known bits, leaves the rest clear. */
export function encodePlatformInfo(info: SnpPlatformInfo): bigint {
  let bits = 0n
  for (const [flag, bit] of Object.entries(platformInfoBits)) {
    if (info[flag as SnpPlatformFlag]) bits |= 1n << BigInt(bit) // the keys of the table above
  }
  return bits
}
