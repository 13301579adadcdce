// A blob that comes in pieces: one request where it is small, a multipart upload where it is not.
import type { BlobWriter } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import type { Bucket, Upload } from './bucket.js'

/** 512 sealed chunks of 16400 bytes, so that parts begin where chunks do; S3 wants 5 MiB at least and 10,000 parts at most. */
const firstPartBytes = 512 * 16_400

export class S3BlobWriter implements BlobWriter {
  readonly blob: string = createBlobName()
  readonly #bucket: Bucket
  readonly #key: string
  #buffer = new Uint8Array(firstPartBytes)
  #filled = 0
  #upload: Upload | undefined

  constructor(bucket: Bucket, folder: string) {
    this.#bucket = bucket
    this.#key = `${folder}${this.blob}`
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      const piece = bytes.subarray(offset, offset + this.#buffer.length - this.#filled)
      this.#buffer.set(piece, this.#filled)
      this.#filled += piece.length
      offset += piece.length
      if (this.#filled === this.#buffer.length) await this.#send()
    }
  }

  async finish(): Promise<void> {
    const rest = this.#buffer.subarray(0, this.#filled)
    if (this.#upload === undefined) {
      await this.#bucket.put(this.#key, rest, undefined)
      return
    }
    if (rest.length > 0) await this.#bucket.uploadPart(this.#upload, rest)
    await this.#bucket.finishUpload(this.#upload)
  }

  async discard(): Promise<void> {
    this.#filled = 0
    if (this.#upload !== undefined) await this.#bucket.abortUpload(this.#upload)
    this.#upload = undefined
  }

  async #send(): Promise<void> {
    this.#upload ??= await this.#bucket.startUpload(this.#key)
    await this.#bucket.uploadPart(this.#upload, this.#buffer.subarray(0, this.#filled))
    this.#filled = 0
    if (this.#upload.parts.length % 1000 === 0) this.#grow()
  }

  /** So that 10,000 parts hold 5 TiB, the most that S3 takes. */
  #grow(): void {
    this.#buffer = new Uint8Array(2 * this.#buffer.length)
  }
}
