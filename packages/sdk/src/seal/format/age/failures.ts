// What can be wrong with an age file.
import { SealError } from '../../../core/index.js'

export function malformed(what: string): SealError {
  return new SealError('ERR_SEALED_FORMAT', `age file: ${what}`)
}

export const payloadFailures = {
  truncated: (): SealError =>
    new SealError(
      'ERR_SEALED_TRUNCATED',
      'age file: it ends too early or goes on too long, its last chunk is not where it ends'
    ),
  changed: (chunk: number): SealError =>
    new SealError(
      'ERR_SEALED_AUTH',
      `age file: chunk ${chunk} of the payload was changed, or the file was cut off after it`
    )
}
