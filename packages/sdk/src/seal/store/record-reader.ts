// Records of a store are read strictly even though they are authenticated: a bug or a leaked key must not turn into a crash.
import { EvidenceError, Reader, SealError } from '../../core/index.js'

/** A cursor over one record, with the numbers that records have beside those of `Reader`. */
export class RecordReader extends Reader {
  /** Eight bytes that must be a safe integer. */
  size(field: string): number {
    const high = this.u32be(field)
    const low = this.u32be(field)
    if (high > 0x1fffff) throw this.fail(`${field} must be less than 2^53`, field)
    return high * 0x100000000 + low
  }

  /** A finite number. */
  f64(field: string): number {
    const bytes = this.bytes(8, field)
    const value = new DataView(bytes.buffer).getFloat64(0)
    if (!Number.isFinite(value)) throw this.fail(`${field} must be a finite number`, field)
    return value
  }

  /** A byte that is 0 or 1. */
  flag(field: string): boolean {
    const value = this.u8(field)
    if (value > 1) throw this.fail(`${field} must be 0 or 1, found ${value}`, field)
    return value === 1
  }

  /** How many things follow, each of at least `least` bytes: no more than there is room for. */
  count(least: number, field: string): number {
    const count = this.u32be(field)
    if (count > this.remaining / least)
      throw this.fail(`${field}: ${count} do not fit in ${this.remaining} bytes`, field)
    return count
  }
}

/**
 * What `parse` makes of all of `bytes`.
 * @throws SealError ERR_SEALED_FORMAT
 */
export function parseRecord<T>(bytes: Uint8Array, what: string, parse: (reader: RecordReader) => T): T {
  try {
    const reader = new RecordReader(bytes, what)
    const value = parse(reader)
    reader.end()
    return value
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw new SealError('ERR_SEALED_FORMAT', error.message, { details: error.details })
  }
}
