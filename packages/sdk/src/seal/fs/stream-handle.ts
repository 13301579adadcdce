// What streams need of an open file.

export interface StreamHandle {
  readonly fd: number
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null
  ): Promise<{ readonly bytesRead: number }>
  write(buffer: Uint8Array, offset?: number, length?: number, position?: number | null): Promise<unknown>
  sync(): Promise<void>
  close(): Promise<void>
  /** Closes it, and nothing of what was written happens. */
  abandon(): Promise<void>
}

export type OpenHandle = () => Promise<StreamHandle>
