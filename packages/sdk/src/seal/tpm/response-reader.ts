// What a TPM answers is read as strictly as what a stranger sends: it may be a socket to anything.
import { EvidenceError, Reader, UnavailableError } from '../../core/index.js'

/** A cursor over an answer, with the sized buffers (TPM2B) of part 2, §10.4. */
export class ResponseReader extends Reader {
  sized(max: number, field: string): Uint8Array {
    const length = this.u16be(`size of ${field}`)
    if (length > max) throw this.fail(`${field}: expected at most ${max} bytes, found ${length}`, field)
    return this.bytes(length, field)
  }

  /** A number that is known beforehand. */
  expect(value: number, bytes: 1 | 2 | 4, field: string): void {
    const found = bytes === 1 ? this.u8(field) : bytes === 2 ? this.u16be(field) : this.u32be(field)
    if (found !== value)
      throw this.fail(`${field}: expected 0x${value.toString(16)}, found 0x${found.toString(16)}`, field)
  }
}

/**
 * What `parse` makes of all of `bytes`.
 * @throws UnavailableError ERR_TPM_COMMAND
 */
export function parseResponse<T>(bytes: Uint8Array, what: string, parse: (reader: ResponseReader) => T): T {
  try {
    const reader = new ResponseReader(bytes, `answer of the TPM to ${what}`)
    const value = parse(reader)
    reader.end()
    return value
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw new UnavailableError('ERR_TPM_COMMAND', error.message, { details: error.details })
  }
}
