// Numbers of TPM 2.0 (TCG TPM 2.0 Library, part 2: §6 constants, §7 handles, §8 attributes, §13 NV).

export const tag = { noSessions: 0x8001, sessions: 0x8002 } as const

export const commandCode = {
  nvUndefineSpace: 0x122,
  nvDefineSpace: 0x12a,
  createPrimary: 0x131,
  nvIncrement: 0x134,
  nvWrite: 0x137,
  nvRead: 0x14e,
  create: 0x153,
  load: 0x157,
  unseal: 0x15e,
  flushContext: 0x165,
  nvReadPublic: 0x169,
  startAuthSession: 0x176,
  pcrRead: 0x17e,
  policyPcr: 0x17f,
  pcrExtend: 0x182
} as const

export const algorithm = {
  aes: 0x0006,
  keyedHash: 0x0008,
  sha256: 0x000b,
  null: 0x0010,
  ecc: 0x0023,
  cfb: 0x0043
} as const

export const curveP256 = 0x0003

export const handle = { owner: 0x4000_0001, null: 0x4000_0007 } as const

/** TPMA_SESSION: the session stays for the next command; it decrypts the first parameter; it encrypts the first of the answer. */
export const sessionAttribute = { continueSession: 0x01, decrypt: 0x20, encrypt: 0x40 } as const

/** TPMA_OBJECT. */
export const objectAttribute = {
  fixedTpm: 0x2,
  fixedParent: 0x10,
  sensitiveDataOrigin: 0x20,
  userWithAuth: 0x40,
  noDa: 0x400,
  restricted: 0x1_0000,
  decrypt: 0x2_0000
} as const

/** TPMA_NV; bits 4 to 7 are the type of an index. */
export const nvAttribute = {
  policyWrite: 0x8,
  counter: 0x10,
  authRead: 0x4_0000,
  noDa: 0x200_0000,
  written: 0x2000_0000
} as const

/** Response codes that something follows from; the rest are told as numbers. */
export const responseCode = {
  success: 0,
  /** Format one: low bits without handle, parameter or session number. */
  policyFail: 0x9d,
  integrity: 0x9f,
  authFail: 0x8e,
  badAuth: 0xa2,
  handle: 0x8b,
  /** Format zero. */
  initialize: 0x100,
  nvUninitialized: 0x14a,
  nvDefined: 0x14c,
  pcrChanged: 0x128,
  /** Warnings. */
  retry: 0x922,
  yielded: 0x908,
  testing: 0x90a,
  nvRate: 0x920
} as const
