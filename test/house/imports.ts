// Reads the import specifiers of TypeScript source. Comments are dropped first; a specifier is always a literal in our code.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const sdkSource = join(root, 'packages/sdk/src')

export interface SourceFile {
  /** Path below packages/sdk/src, with `/`. */
  readonly path: string
  readonly imports: readonly string[]
}

export function readSources(): SourceFile[] {
  return readdirSync(sdkSource, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      path: name.split(sep).join('/'),
      imports: specifiersOf(readFileSync(join(sdkSource, name), 'utf8'))
    }))
}

/** Specifiers of static, dynamic and type imports and of re-exports. */
export function specifiersOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])([^'"\n]+)\1/g
  return [...code.matchAll(pattern)].map((match) => match[2] as string)
}

/** The path below packages/sdk/src that a relative specifier of `file` means, without extension. */
export function resolveRelative(file: SourceFile, specifier: string): string {
  const target = resolve(sdkSource, dirname(file.path), specifier)
  return relative(sdkSource, target).split(sep).join('/').replace(/\.js$/, '')
}
