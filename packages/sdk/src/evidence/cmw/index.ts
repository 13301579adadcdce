export { cmwFormatOf, decodeEvidence } from './decode-evidence.js'
