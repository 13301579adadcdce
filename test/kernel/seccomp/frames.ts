// Frames between supervisor and backend: src/backend.c describes them.

export interface Frame {
  readonly id: bigint
  readonly subject: Subject
  readonly command: number
  /** Address of `outer` in the program. */
  readonly argument: bigint
  /** The structure that the argument of the call points to. */
  readonly outer: Buffer
  /** The request that `outer` points to; empty for a null pointer. */
  readonly nested: Buffer
}

type Subject = 'sev-guest' | 'tdx_guest' | 'nsm' | 'vsock'

export interface Write {
  readonly address: bigint
  readonly bytes: Uint8Array
}

/** How a call ends: errno (0 for success), and what is written into the memory of the program first. */
export interface Reply {
  readonly errno: number
  readonly writes: readonly Write[]
}

const subjects: Readonly<Record<number, Subject>> = { 1: 'sev-guest', 2: 'tdx_guest', 3: 'nsm', 4: 'vsock' }

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)

  push(chunk: Uint8Array): readonly Frame[] {
    this.#pending = Buffer.concat([this.#pending, chunk])
    const frames: Frame[] = []
    for (let end = this.#end(); end <= this.#pending.length; end = this.#end()) {
      frames.push(parseFrame(this.#pending.subarray(4, end)))
      this.#pending = this.#pending.subarray(end)
    }
    return frames
  }

  #end(): number {
    return this.#pending.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#pending.readUInt32LE(0)
  }
}

export function encodeReply(id: bigint, { errno, writes }: Reply): Buffer {
  const head = Buffer.alloc(16)
  head.writeBigUInt64LE(id, 4)
  head.writeUInt32LE(errno, 12)
  const frame = Buffer.concat([head, ...writes.flatMap(encodeWrite)])
  frame.writeUInt32LE(frame.length - 4, 0)
  return frame
}

function parseFrame(frame: Buffer): Frame {
  const subject = subjects[frame.readUInt32LE(8)]
  if (subject === undefined) throw new Error(`frame: unknown subject ${frame.readUInt32LE(8)}`)
  const outerEnd = 28 + frame.readUInt32LE(24)
  return {
    id: frame.readBigUInt64LE(0),
    subject,
    command: frame.readUInt32LE(12),
    argument: frame.readBigUInt64LE(16),
    outer: frame.subarray(28, outerEnd),
    nested: frame.subarray(outerEnd + 4, outerEnd + 4 + frame.readUInt32LE(outerEnd))
  }
}

function encodeWrite({ address, bytes }: Write): readonly Uint8Array[] {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(address, 0)
  head.writeUInt32LE(bytes.length, 8)
  return [head, bytes]
}
