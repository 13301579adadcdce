import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { directoryStore } from '../../../packages/sdk/src/verify/node/index.js'
import { bundleProgram } from '../../kernel/support/bundle-program.js'
import { runTogether, startTogether } from '../../support/processes.js'

describe('a directory of collateral that several processes use at once', () => {
  let program: string
  let parent: string
  let path: string
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, 'directory-store.program.ts'), 'directory-store')
  })
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'tresor-store-'))
    path = join(parent, 'collateral')
  })
  afterEach(() => rm(parent, { recursive: true, force: true }))

  it('is made once, always has whole records, and keeps what each wrote', async () => {
    const ids = [1, 2, 3, 4]
    const reports = await runTogether(
      program,
      ids.map((id) => [path, String(id), '25'])
    )
    for (const report of reports) expect(report).toMatchObject({ missing: 0, broken: 0 })
    expect((await readdir(path)).sort()).toEqual([...ids.map((id) => `own-${id}.collateral`), 'shared.collateral'])
    for (const id of ids) expect((await directoryStore(path).get(`own-${id}`))?.bytes).toEqual(Uint8Array.of(id))
  })

  it('has a whole record after a writer was killed, and the others go on', async () => {
    await mkdir(path)
    const [victim, other] = await startTogether(program, [
      [path, '1', '1000000'],
      [path, '2', '25']
    ])
    expect(await other?.result).toMatchObject({ missing: 0, broken: 0 })
    victim?.child.kill('SIGKILL')
    await expect(victim?.result).rejects.toThrow('SIGKILL')
    const found = await directoryStore(path).get('shared')
    expect(found?.bytes.length).toBe(50_000 + (found?.bytes[0] ?? 0))
    await directoryStore(path).put('shared', { bytes: Uint8Array.of(9), fetchedAt: new Date(0) })
    expect((await directoryStore(path).get('shared'))?.bytes).toEqual(Uint8Array.of(9))
    expect(await directoryStore(path).list?.()).toEqual(expect.arrayContaining(['shared', 'own-2']))
  })

  it('says so where permissions are missing', async () => {
    const bundle = await bundleProgram(join(import.meta.dirname, 'no-permission.program.ts'), 'no-permission')
    await directoryStore(path).put('key', { bytes: Uint8Array.of(1), fetchedAt: new Date(0) })
    await chmod(parent, 0o755)
    await chmod(path, 0)
    const refused = `ERR_COLLATERAL_STORE store of collateral: ${path}: EACCES`
    expect(await runTogether(bundle, [[path]])).toEqual([{ put: refused, get: refused }])
    await chmod(path, 0o700)
    expect(await directoryStore(path).list?.()).toEqual(['key'])
  })
})
