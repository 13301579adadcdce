// Paths within a vault: POSIX rules, '/' and '' are where the vault begins, and nothing leads out of it.
import { utf8 } from '../../core/index.js'
import { createFsError, type Subject, wrongArgument } from './fs-error.js'

/** What names a file: text, its UTF-8 bytes, or a `file:` URL whose path is meant from the vault's root. */
export type VaultPath = string | Uint8Array | URL

/** Longest name, and longest path, in UTF-8 bytes: those of Linux. */
export const maxNameBytes = 255
export const maxPathBytes = 4095

export interface ParsedPath {
  /** As the caller gave it, for messages. */
  readonly text: string
  readonly isAbsolute: boolean
  /** Without empty ones; '.' and '..' are still there. */
  readonly parts: readonly string[]
  /** Ends in a slash: what is named must be a directory. */
  readonly hasTrailingSlash: boolean
}

/** The text of a path. @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for a path with a NUL */
export function pathText(path: VaultPath, name = 'path'): string {
  const text = textOf(path, name)
  if (text.includes('\0')) throw wrongArgument('ERR_INVALID_ARG_VALUE', name, 'a path without null bytes')
  return wellFormed(text)
}

/** @throws FsError ENOENT, ENAMETOOLONG */
export function parsePath(text: string, subject: Subject): ParsedPath {
  if (text === '') throw createFsError('ENOENT', subject)
  if (text.length > maxPathBytes || (text.length > maxPathBytes / 3 && utf8(text).length > maxPathBytes)) {
    throw createFsError('ENAMETOOLONG', subject)
  }
  return {
    text,
    isAbsolute: text.startsWith('/'),
    parts: text.split('/').filter((part) => part !== ''),
    hasTrailingSlash: text.endsWith('/')
  }
}

/** @throws FsError ENAMETOOLONG */
export function assertNameLength(name: string, subject: Subject): void {
  if (name.length > maxNameBytes || (name.length > maxNameBytes / 3 && utf8(name).length > maxNameBytes)) {
    throw createFsError('ENAMETOOLONG', subject)
  }
}

function textOf(path: VaultPath, name: string): string {
  if (typeof path === 'string') return path
  if (path instanceof URL) return urlPath(path, name)
  if (path instanceof Uint8Array) return decode(path, { syscall: 'open' })
  throw wrongArgument('ERR_INVALID_ARG_TYPE', name, 'of type string or an instance of Buffer or URL')
}

function urlPath(url: URL, name: string): string {
  if (url.protocol !== 'file:' || url.host !== '' || /%2f/i.test(url.pathname)) {
    throw wrongArgument('ERR_INVALID_ARG_VALUE', name, 'a file URL without host and without encoded slashes')
  }
  try {
    return decodeURIComponent(url.pathname)
  } catch {
    throw wrongArgument('ERR_INVALID_ARG_VALUE', name, 'a file URL in UTF-8')
  }
}

/** Names are text: bytes that are no UTF-8 name nothing that could be here. */
function decode(bytes: Uint8Array, subject: Subject): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw createFsError('EILSEQ', subject)
  }
}

/** Half a surrogate pair has no UTF-8: it becomes U+FFFD, as in node:fs. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8(text)) : text
}
