// One file out of a TypeScript program and the sources of the SDK, so that a process below an emulated kernel interface, or in a
// virtual machine, runs it with nothing but Node. The addon stays outside.
import { join } from 'node:path'
import { build } from 'esbuild'
import { buildDirectory } from './build-directory.js'

export async function bundleProgram(entry: string, name: string): Promise<string> {
  const outfile = join(buildDirectory, `${name}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@tresor/source'],
    external: ['@tresor/native'],
    logLevel: 'silent'
  })
  return outfile
}
