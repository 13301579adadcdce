// The commands of @aws-sdk/client-s3, an optional peer: loaded with the first request.
import { onDemand } from '../../../core/index.js'

/** @throws UnavailableError ERR_PART_MISSING where it is not installed: npm install @aws-sdk/client-s3 */
export const loadCommands: () => Promise<typeof import('@aws-sdk/client-s3')> = onDemand(
  () => import('@aws-sdk/client-s3')
)

/** What is used of an S3Client: the endpoint, its credentials and its retries are the caller's. */
export interface S3Sender {
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own input and output, which Bucket knows
  send(command: any, options?: { readonly abortSignal?: AbortSignal }): Promise<any>
}
