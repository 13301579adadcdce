// The SDK for browsers, which their bundlers find by the condition `browser`: one module with everything that verifying evidence of SNP
// always needs, and every other module by itself. Bundlers cut where parts are loaded on demand: given the sources, they tear what both
// sides of a cut need into pieces that compress badly; given the bundle for Node, they bring along whole chunks for one function.
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { type LogLevel, type OutputBundle, type Plugin, type RollupLog, rollup } from 'rollup'
import manifest from './package.json' with { type: 'json' }

/** By way of the root, from which bundled programs of test/ stand as far away as this file does. */
const folder = fileURLToPath(new URL('../../packages/sdk/', import.meta.url))
const output = './dist/browser/'

/** Its static imports, as far as anything of them is used, are what is always needed. */
const core = './src/verify/verify.ts'

/** Name of the module, below dist/browser, that has what is always needed. */
export const alwaysName = 'verify/always'

/**
 * Writes into `directory` what the exports with the condition `browser` name below dist/browser. What is always needed is returned by the
 * paths of its sources.
 */
export async function buildForBrowser(directory: string): Promise<readonly string[]> {
  const always = await modulesUsedBy(core)
  const bundle = await rollup({ input: entries(), plugins: [sources, withoutEmpty], treeshake, onLog })
  await bundle.write({
    dir: directory,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
    manualChunks: (id) => (always.includes(id) ? alwaysName : relative(join(folder, 'src'), id).replace(/\.ts$/, ''))
  })
  await bundle.close()
  return always
}

/** No module of the SDK does anything when it is imported. */
const treeshake = { moduleSideEffects: false }

function entries(): Record<string, string> {
  const forBrowsers = Object.values(manifest.exports).filter((entry) => typeof entry === 'object' && 'browser' in entry)
  return Object.fromEntries(
    forBrowsers.map((entry) => [entry.browser.slice(output.length).replace(/\.js$/, ''), entry['@tresor/source']])
  )
}

async function modulesUsedBy(entry: string): Promise<readonly string[]> {
  const bundle = await rollup({ input: entry, plugins: [withoutParts, sources], treeshake })
  const [chunk] = (await bundle.generate({ format: 'es' })).output
  await bundle.close()
  return chunk.moduleIds.filter((id) => chunk.modules[id]?.renderedLength !== 0)
}

/** TypeScript, and the doors as a browser resolves them. Packages stay what the application installs. */
const sources: Plugin = {
  name: 'sources',
  resolveId(id, importer) {
    if (importer === undefined) return join(folder, id)
    if (id.startsWith('.')) return join(dirname(importer), id.replace(/\.js$/, '.ts'))
    const door = Object.entries(manifest.imports).find(([name]) => name === id)?.[1]
    return door === undefined ? { id, external: true } : join(folder, door['@tresor/source'].browser)
  },
  async transform(source, id) {
    const { code } = await transform(source, { loader: 'ts', sourcefile: id, target: 'es2022', tsconfigRaw })
    return { code, map: null }
  }
}

const tsconfigRaw = { compilerOptions: { target: 'es2022', verbatimModuleSyntax: true } }

/** Leaves out what is loaded on demand. */
const withoutParts: Plugin = {
  name: 'without-parts',
  resolveDynamicImport: (id) => ({ id: String(id), external: true })
}

/** Leaves out files of modules that only re-export: nothing imports those. */
const withoutEmpty: Plugin = {
  name: 'without-empty',
  generateBundle(_options, bundle: OutputBundle) {
    for (const [name, file] of Object.entries(bundle)) {
      if (file.type === 'chunk' && file.exports.length === 0) delete bundle[name]
    }
  }
}

function onLog(level: LogLevel, { code, message }: RollupLog): void {
  if (level === 'warn' && code !== 'EMPTY_BUNDLE') throw new Error(message)
}
