// A policy from a file.
import { TresorError, UsageError } from '../core/index.js'
import { type Policy, parsePolicy } from '../verify/index.js'
import { readInput, wrongFile } from './files.js'
import type { Io } from './io.js'

/** The policy, and the document as it was written. */
export interface PolicyFile {
  readonly policy: Policy
  readonly text: string
}

/** @throws UsageError ERR_USAGE_FILE, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY */
export async function readPolicy(path: string, io: Io): Promise<PolicyFile> {
  const text = decode(await readInput(path, io), path)
  try {
    return { policy: parsePolicy(text), text }
  } catch (error) {
    throw error instanceof UsageError ? about(path, error) : error
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw wrongFile(path, 'is not text in UTF-8', cause)
  }
}

function about(path: string, error: UsageError): UsageError {
  const details = TresorError.is(error) ? error.details : {}
  return new UsageError(error.code, `${path}: ${error.message}`, { cause: error, details })
}
