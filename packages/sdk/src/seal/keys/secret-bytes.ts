// Where short secrets lie in JavaScript. The engine keeps small arrays on its own heap and leaves copies behind when it moves them; the
// memory of an ArrayBuffer stays where it is, so that zeros written over it are the end of it.
import { randomFillSync } from 'node:crypto'

/** `length` zero bytes that the engine does not move. */
function allocateSecret(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length))
}

export function copySecret(bytes: Uint8Array): Uint8Array {
  const copy = allocateSecret(bytes.length)
  copy.set(bytes)
  return copy
}

export function randomSecret(length: number): Uint8Array {
  return randomFillSync(allocateSecret(length))
}

/** The parts one after the other. They stay the caller's. */
export function joinSecrets(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = allocateSecret(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Gives `secret` to `use` and wipes it whatever happens. */
export async function withSecret<S extends Uint8Array | undefined, T>(
  secret: S,
  use: (secret: S) => T | Promise<T>
): Promise<T> {
  try {
    return await use(secret)
  } finally {
    secret?.fill(0)
  }
}
