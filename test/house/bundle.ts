// Bundles an entry of the SDK as a web application would.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './imports.js'

/** One file of a bundle. */
export interface Chunk {
  /** File name. The file of the entry itself: `entryName`. */
  readonly name: string
  readonly contents: Uint8Array
  /** kB (1000 bytes) of gzip. */
  readonly kb: number
  /** Source files of which something is left after tree shaking. */
  readonly inputs: readonly string[]
}

export const entryName = 'entry.js'

/** All chunks, also those that are loaded on demand. Fails where the code reaches a module of Node: esbuild cannot resolve it for browsers. */
export async function bundleForBrowser(source: string): Promise<readonly Chunk[]> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, sourcefile: entryName },
    entryNames: 'entry',
    chunkNames: '[hash]',
    bundle: true,
    minify: true,
    splitting: true,
    write: false,
    metafile: true,
    absWorkingDir: root,
    outdir: 'dist',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@tresor/source'],
    legalComments: 'none',
    logLevel: 'silent'
  })
  return outputFiles.map(({ path, contents }) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    contents,
    kb: gzipSync(contents, { level: 9 }).length / 1000,
    inputs: Object.entries(metafile.outputs[path.slice(root.length + 1)]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input)
  }))
}
