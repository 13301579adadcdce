export type { ObjectSealerOptions, SealerPlatform } from './create-object-sealer.js'
export { createObjectSealer, expectSecretKey } from './create-object-sealer.js'
