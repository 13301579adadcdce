export type { AttestedConfig, AttestedConfigOptions, AttestedStreamOptions } from './stream.js'
export { attestedConfig, attestedStream } from './stream.js'
