export type { S3Sender } from './commands.js'
export type { S3Options } from './s3.js'
export { s3 } from './s3.js'
