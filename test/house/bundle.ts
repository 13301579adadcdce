// Bundles an entry of the SDK as a web application would, and measures what a browser has to load.
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { root } from './imports.js'

/** A part of a bundle: some of its files, with all that they import statically. */
export interface BundlePart {
  /** kB (1000 bytes) of gzip. */
  readonly kb: number
  /** Source files of which something is left after tree shaking. */
  readonly inputs: readonly string[]
}

export interface BrowserBundle {
  /** What is loaded at once, and with it the parts loaded later whose entry matches. */
  partWith(...laterEntries: readonly RegExp[]): BundlePart
}

/** Fails where the code reaches a module of Node: esbuild cannot resolve it for browsers. */
export async function bundleForBrowser(source: string): Promise<BrowserBundle> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, sourcefile: 'entry.js' },
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
  const sizes = new Map(outputFiles.map((file) => [file.path, gzipSync(file.contents, { level: 9 }).length]))
  return {
    partWith(...laterEntries) {
      const paths = closureOf(metafile, [/^entry\.js$/, ...laterEntries])
      const bytes = paths.reduce((sum, path) => sum + (sizes.get(`${root}/${path}`) ?? Number.NaN), 0)
      return { kb: bytes / 1000, inputs: inputsOf(metafile, paths) }
    }
  }
}

function closureOf({ outputs }: Metafile, entries: readonly RegExp[]): string[] {
  const found = new Set(
    Object.keys(outputs).filter((path) => entries.some((entry) => entry.test(outputs[path]?.entryPoint ?? '')))
  )
  for (const path of found) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement') found.add(imported.path)
    }
  }
  return [...found]
}

function inputsOf({ outputs }: Metafile, paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    Object.entries(outputs[path]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input)
  )
}
