// Everything that a verifier needs where there is no WebCrypto, as one module that is loaded on first use.
export { importPoint } from './ecdsa.js'
export { verifyRsaPss } from './rsa.js'
export { hashBytesOf } from './sha2.js'
