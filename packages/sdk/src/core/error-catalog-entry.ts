// What is said about one error code.
import type { ErrorCode } from './error-codes.js'

export interface ErrorCatalogEntry {
  readonly meaning: string
  readonly remedy: string
}

export type Catalog<C extends ErrorCode> = Readonly<Record<C, ErrorCatalogEntry>>

export function entry(meaning: string, remedy: string): ErrorCatalogEntry {
  return { meaning, remedy }
}
