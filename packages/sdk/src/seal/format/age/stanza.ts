// What wraps the key of an age file, and who can open it (c2sp.org/age, recipient stanza).

/** One way to the key of a file. */
export interface AgeStanza {
  /** The type first; each of visible ASCII without spaces, at least one character. */
  readonly args: readonly string[]
  readonly body: Uint8Array
}

export interface AgeRecipient {
  /** `fileKey`, 16 bytes, stays the caller's. */
  wrap(fileKey: Uint8Array): Promise<readonly AgeStanza[]>
  /**
   * Recipients are used together only where all have the same labels: `postquantum` keeps a file that must outlast quantum computers from a
   * recipient that does not. A label that is unique keeps a recipient alone.
   */
  readonly labels?: readonly string[]
}

export interface AgeIdentity {
  /**
   * The key of a file, or `undefined` where no stanza is for this identity. Gets all stanzas of the file.
   * @throws SealError ERR_SEALED_FORMAT for a stanza of its type that is malformed, ERR_SEALED_KEY for one that is for it and does not open
   */
  unwrap(stanzas: readonly AgeStanza[]): Promise<Uint8Array | undefined>
}

export const fileKeyBytes = 16
