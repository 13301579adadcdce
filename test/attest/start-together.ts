// Several processes that start a simulator in the same new directory at once.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleProgram } from '../kernel/support/bundle-program.js'
import { runTogether } from '../support/processes.js'

export interface StartedTogether {
  /** What each process says about its platform. */
  readonly platforms: readonly unknown[]
  /** What the directory holds afterwards. */
  readonly files: readonly string[]
}

export async function startTogetherAnew(kind: 'snp' | 'tdx', processes: number): Promise<StartedTogether> {
  const program = await bundleProgram(join(import.meta.dirname, 'simulator.program.ts'), `simulator-${kind}`)
  const parent = await mkdtemp(join(tmpdir(), 'tresor-simulator-'))
  try {
    const directory = join(parent, 'fresh')
    const platforms = await runTogether(program, new Array(processes).fill([kind, directory]))
    return { platforms, files: await readdir(directory) }
  } finally {
    await rm(parent, { recursive: true })
  }
}
