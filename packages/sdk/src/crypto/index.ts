export type { Awaitable, CryptoDoor, EcCurve, HashName, PublicKey } from './door.js'
