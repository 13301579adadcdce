// What a page loads for one question: the bundle runs in Node as it would in a browser, and each chunk notes that it was loaded.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Chunk } from './bundle.js'

export interface PageLoad {
  /** kB (1000 bytes) of gzip of everything that was loaded. */
  readonly kb: number
  readonly inputs: readonly string[]
  /** What the page printed. */
  readonly output: string
}

/** Runs `script`, which may import `./entry.js`, in a process of its own. */
export async function loadPage(chunks: readonly Chunk[], script: string): Promise<PageLoad> {
  const directory = await mkdtemp(join(tmpdir(), 'tresor-page-'))
  try {
    await writeFile(join(directory, 'package.json'), '{"type":"module"}')
    await Promise.all(chunks.map(({ name, contents }) => writeFile(join(directory, name), noting(name, contents))))
    await writeFile(join(directory, 'page.js'), `${script}\nconsole.error(JSON.stringify(globalThis.loadedChunks))`)
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(directory, 'page.js')])
    const names: readonly string[] = JSON.parse(stderr)
    const loaded = chunks.filter(({ name }) => names.includes(name))
    const kb = loaded.reduce((sum, chunk) => sum + chunk.kb, 0)
    return { kb, inputs: loaded.flatMap(({ inputs }) => inputs), output: stdout }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** What notes the load is not part of what is weighed. */
function noting(name: string, contents: Uint8Array): string {
  return `(globalThis.loadedChunks ??= []).push(${JSON.stringify(name)});${new TextDecoder().decode(contents)}`
}
