// How commands reach a TPM: one after the other, each with its answer.

export interface TpmTransport {
  /** Sends a whole command; what comes back is one whole answer by its own header, of at most 4 KiB. @throws UnavailableError ERR_TPM_COMMAND */
  transmit(command: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** `device`: `/dev/tpmrm0`, the kernel's resource manager. A socket is for swtpm and the like, and is trusted as far as whoever listens there. */
export type TpmAddress =
  | { readonly device: true }
  | { readonly socket: { readonly path: string } | { readonly host: string; readonly port: number } }

/** Tag, size, code (part 1, §18). */
export const headerBytes = 10

/** More than any answer that is asked for here. */
export const maxMessageBytes = 4096
