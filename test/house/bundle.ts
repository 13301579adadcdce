// Bundles the published SDK as a web application would: what it finds by the conditions of a bundler for browsers, and nothing else.
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { alwaysName, buildForBrowser } from '../../packages/sdk/browser.config.js'
import { root } from './imports.js'

/** One file of a bundle. */
export interface Chunk {
  /** File name. The file of the entry itself: `entryName`. */
  readonly name: string
  readonly contents: Uint8Array
  /** kB (1000 bytes) of gzip. */
  readonly kb: number
  /** Source files of which something is left after tree shaking; all of those that the SDK ships as one. */
  readonly inputs: readonly string[]
}

export const entryName = 'entry.js'

const sdk = join(root, 'packages', 'sdk')
const published = 'node_modules/@tresor/sdk'

/** The folder of an application that has installed the SDK, as far as browsers see it. */
export interface Application {
  readonly folder: string
  /** Paths of the sources that the SDK ships as one module. */
  readonly always: readonly string[]
}

/** Calls `use` with an application that has installed the sources as they are now, built as for publishing. */
export async function withApplication<T>(use: (application: Application) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tresor-application-'))
  try {
    await mkdir(join(folder, published), { recursive: true })
    await copyFile(join(sdk, 'package.json'), join(folder, published, 'package.json'))
    const always = await buildForBrowser(join(folder, published, 'dist', 'browser'))
    return await use({ folder, always: always.map((path) => relative(root, path)) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** All chunks, also those that are loaded on demand. Fails where the code reaches a module of Node: esbuild cannot resolve it for browsers. */
export async function bundleForBrowser(source: string, { folder, always }: Application): Promise<readonly Chunk[]> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, sourcefile: entryName },
    nodePaths: [join(sdk, 'node_modules')],
    entryNames: 'entry',
    chunkNames: '[hash]',
    bundle: true,
    minify: true,
    splitting: true,
    write: false,
    metafile: true,
    absWorkingDir: folder,
    outdir: 'dist',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent'
  })
  return outputFiles.map(({ path, contents }) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    contents,
    kb: gzipSync(contents, { level: 9 }).length / 1000,
    inputs: Object.entries(metafile.outputs[relative(folder, path)]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([input]) => sourcesOf(input, always))
  }))
}

function sourcesOf(input: string, always: readonly string[]): readonly string[] {
  const name = new RegExp(`^${published}/dist/browser/(.*)\\.js$`).exec(input)?.[1]
  if (name === alwaysName) return always
  return [name === undefined ? input : `packages/sdk/src/${name}.ts`]
}
