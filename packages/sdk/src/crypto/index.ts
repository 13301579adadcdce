export type { Awaitable, CryptoDoor, EcCurve, HashName, PublicKey } from './door.js'
export { ecdsaSignatureFromDer } from './ecdsa-der.js'
export type { AeadName, SecretCryptoDoor, X25519KeyPair } from './secret-door.js'
