export { cmwFormatOf } from './cmw-format.js'
export { decodeCborEvidence } from './decode-cbor-evidence.js'
