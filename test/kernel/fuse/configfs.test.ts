import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { skipNote } from '../../support/system-parts.js'
import { configfsGroups } from '../assertions/groups.js'
import { type Outcome, parseOutcomes } from '../assertions/outcomes.js'
import { type WorldName, worldShapes } from '../assertions/world.js'
import { bundleProgram } from '../support/bundle-program.js'
import { createFakeWorld } from '../support/fake-world.js'
import { missingForTsmFuse } from './build-tsm-fuse.js'
import { fakeDriver } from './fake-driver.js'
import { runUnderTsm } from './run-under-tsm.js'

const missing = missingForTsmFuse()
const names = Object.keys(worldShapes) as WorldName[] // keys of the literal

describe.skipIf(missing)(`configfs-tsm over FUSE${skipNote(missing)}`, () => {
  let program: string
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, '..', 'assertions', 'configfs.program.ts'), 'configfs')
  })

  describe.each(names)('in the world %s', (name) => {
    let outcomes: readonly Outcome[] | undefined
    beforeAll(async () => {
      outcomes = await runWorld(name, program)
    })

    it.each(configfsGroups[name].map((assertion) => assertion.name))('%s', (assertion) => {
      const outcome = outcomes?.find((candidate) => candidate.assertion === assertion)
      expect(outcome, 'the program came to its end').toBeDefined()
      expect(outcome?.failure).toBeUndefined()
    })
  })
})

async function runWorld(name: WorldName, program: string): Promise<readonly Outcome[] | undefined> {
  const fake = await createFakeWorld(name)
  const directory = await mkdtemp(join(tmpdir(), 'tresor-world-'))
  const file = join(directory, 'world.json')
  await writeFile(file, JSON.stringify(fake.world))
  const { provider, attributes, privlevelFloor } = fake.world
  const run = await runUnderTsm(program, fakeDriver(fake), { provider, attributes, privlevelFloor, args: [file] })
  await rm(directory, { recursive: true })
  const outcomes = parseOutcomes(run.stdout, name)
  if (outcomes === undefined) throw new Error(`world ${name}: exit code ${run.code}\n${run.stdout}\n${run.stderr}`)
  return outcomes
}
