import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { bundleProgram } from '../../kernel/support/bundle-program.js'
import { describeWithAddon } from '../../native/addon.js'
import type { Finding } from './scanner.js'

interface Outcome {
  readonly secrets: number
  readonly bytes: number
  readonly findings: readonly Finding[]
  readonly heap: readonly Finding[]
}

describeWithAddon('after a keyring was used and wiped', () => {
  let program = ''
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, 'keys.program.ts'), 'memory-of-keys')
  })

  function run(...modes: readonly string[]): Outcome {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', program, ...modes], {
      encoding: 'utf8'
    })
    if (status !== 0) throw new Error(`the program ended with ${status}: ${stderr}`)
    return JSON.parse(stdout) as Outcome // printed by our own program
  }

  it('none of its keys is left in the memory of the process or in its heap', () => {
    const { secrets, bytes, findings, heap } = run()
    expect(secrets).toBeGreaterThan(20)
    expect(bytes).toBeGreaterThan(1 << 24)
    expect({ findings, heap }).toEqual({ findings: [], heap: [] })
  })

  it('one that was kept on purpose is found, in both', () => {
    const { findings, heap } = run('plant')
    expect(findings).toContainEqual(expect.objectContaining({ name: 'the secret of a slot', form: 'raw' }))
    expect(findings).toContainEqual(expect.objectContaining({ name: 'the secret of a slot', form: 'hex' }))
    expect(heap).toContainEqual(expect.objectContaining({ name: 'the secret of a slot', form: 'hex' }))
  })
})
