// Requests to one bucket, under one prefix: objects put once, and one object changed by compare-and-set (conditional writes of S3:
// If-None-Match and If-Match on PutObject, RFC 9110 §13.1).
import { SealError } from '../../../core/index.js'
import { failBackend } from '../failure.js'
import { loadCommands, type S3Sender } from './commands.js'

export interface Stored {
  readonly bytes: Uint8Array
  readonly etag: string
}

/** All methods throw UnavailableError ERR_STORE_BACKEND. */
export class Bucket {
  readonly #client: S3Sender
  readonly #bucket: string
  readonly #prefix: string
  readonly #name: string

  constructor(client: S3Sender, bucket: string, prefix: string, name: string) {
    this.#client = client
    this.#bucket = bucket
    this.#prefix = prefix
    this.#name = name
  }

  /** `undefined` when there is none. */
  async get(key: string, maxBytes: number): Promise<Stored | undefined> {
    const { GetObjectCommand } = await loadCommands()
    return this.#attempt('read an object', async () => {
      const answer = await this.#client.send(new GetObjectCommand(this.#at(key)))
      const bytes = await collect(answer.Body, maxBytes)
      return { bytes, etag: String(answer.ETag) }
    })
  }

  /** As many bytes as there are; `undefined` when there is no such object. */
  async getRange(key: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const { GetObjectCommand } = await loadCommands()
    const command = new GetObjectCommand({ ...this.#at(key), Range: `bytes=${offset}-${offset + length - 1}` })
    return this.#attempt('read an object', async () => {
      try {
        const answer = await this.#client.send(command, signal === undefined ? {} : { abortSignal: signal })
        return await collect(answer.Body, length)
      } catch (error) {
        if (statusOf(error) === 416) return new Uint8Array(0) // it ends before
        throw error
      }
    })
  }

  /** `undefined` expects that there is none. The new version. @throws SealError ERR_SEALED_CONFLICT */
  async put(key: string, bytes: Uint8Array, expected: string | undefined): Promise<string> {
    const { PutObjectCommand } = await loadCommands()
    const condition = expected === undefined ? { IfNoneMatch: '*' } : { IfMatch: expected }
    const command = new PutObjectCommand({ ...this.#at(key), Body: bytes, ContentLength: bytes.length, ...condition })
    const answer = await this.#attempt('write an object', () => this.#client.send(command))
    if (answer === undefined) throw conflict(this.#name) // 404: If-Match on what is gone
    return String(answer.ETag)
  }

  async remove(key: string): Promise<void> {
    const { DeleteObjectCommand } = await loadCommands()
    await this.#attempt('remove an object', () => this.#client.send(new DeleteObjectCommand(this.#at(key))))
  }

  /** Names under `folder`, with sizes. */
  async *list(folder: string): AsyncIterable<{ readonly name: string; readonly bytes: number }> {
    const { ListObjectsV2Command } = await loadCommands()
    const prefix = `${this.#prefix}${folder}`
    let token: string | undefined
    do {
      const input = {
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token })
      }
      const page = await this.#attempt('list objects', () => this.#client.send(new ListObjectsV2Command(input)))
      for (const { Key, Size } of page?.Contents ?? []) yield { name: Key.slice(prefix.length), bytes: Size ?? 0 }
      token = page?.NextContinuationToken
    } while (token !== undefined)
  }

  /** Parts of 8 MiB at least, but for the last (S3, multipart upload). */
  async startUpload(key: string): Promise<Upload> {
    const { CreateMultipartUploadCommand } = await loadCommands()
    const command = new CreateMultipartUploadCommand(this.#at(key))
    const answer = await this.#attempt('begin an upload', () => this.#client.send(command))
    return { key, uploadId: String(answer?.UploadId), parts: [] }
  }

  async uploadPart(upload: Upload, bytes: Uint8Array): Promise<void> {
    const { UploadPartCommand } = await loadCommands()
    const PartNumber = upload.parts.length + 1
    const at = { ...this.#at(upload.key), UploadId: upload.uploadId, PartNumber }
    const command = new UploadPartCommand({ ...at, Body: bytes, ContentLength: bytes.length })
    const answer = await this.#attempt('upload a part', () => this.#client.send(command))
    upload.parts.push({ ETag: String(answer?.ETag), PartNumber })
  }

  async finishUpload({ key, uploadId, parts }: Upload): Promise<void> {
    const { CompleteMultipartUploadCommand } = await loadCommands()
    const input = { ...this.#at(key), UploadId: uploadId, MultipartUpload: { Parts: parts } }
    await this.#attempt('finish an upload', () => this.#client.send(new CompleteMultipartUploadCommand(input)))
  }

  async abortUpload({ key, uploadId }: Upload): Promise<void> {
    const { AbortMultipartUploadCommand } = await loadCommands()
    const command = new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: uploadId })
    await this.#attempt('abort an upload', () => this.#client.send(command))
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` }
  }

  /** `undefined` for an answer of 404 about a key. */
  async #attempt<T>(doing: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const status = statusOf(error)
      if (status === 404 && nameOf(error) === 'NoSuchKey') return undefined
      if (status === 412 || status === 409) throw conflict(this.#name, error)
      return failBackend(this.#name, doing, error)
    }
  }
}

export interface Upload {
  readonly key: string
  readonly uploadId: string
  readonly parts: { ETag: string; PartNumber: number }[]
}

function conflict(name: string, cause?: unknown): SealError {
  return new SealError('ERR_SEALED_CONFLICT', `${name}: somebody else has written`, { cause })
}

function statusOf(error: unknown): unknown {
  const metadata = propertyOf(error, '$metadata')
  return propertyOf(metadata, 'httpStatusCode')
}

function nameOf(error: unknown): unknown {
  return propertyOf(error, 'name')
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** A body that is longer than asked for is cut off, not kept. */
async function collect(body: unknown, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    // the SDK's stream in Node
    chunks.push(chunk)
    length += chunk.length
    if (length > maxBytes) break
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes))
}
