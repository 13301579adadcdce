export type { Awaitable, CryptoDoor, EcCurve, HashName, PublicKey } from './door.js'
export { ecdsaSignatureFromDer } from './ecdsa-der.js'
export type { SecretCryptoDoor } from './secret-door.js'
