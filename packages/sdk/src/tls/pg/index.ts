export type { AttestedStreamOptions } from './stream.js'
export { attestedStream } from './stream.js'
