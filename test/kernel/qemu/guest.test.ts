import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { skipNote } from '../../support/system-parts.js'
import { parseOutcomes } from '../assertions/outcomes.js'
import type { Assertion } from '../assertions/world.js'
import { buildDirectory } from '../support/build-directory.js'
import { bundleProgram } from '../support/bundle-program.js'
import { bootGuest, type GuestRun } from './boot-guest.js'
import { type DebianKernel, kernelImage } from './debian-kernel.js'
import { writeGuestImage } from './guest-image.js'
import { createGuestFiles } from './guest-worlds.js'
import { findGuestKernel } from './missing-for-guest.js'

// The groups import the addon: not where it has not been built.
const { kernel, missing } = await findGuestKernel()
const groups = kernel === undefined ? [] : await namesOfGroups()
const bootMs = 240_000
const consoleFile = join(buildDirectory, 'guest-console.txt')

describe.skipIf(missing)(`a guest with a kernel of its own under QEMU${skipNote(missing)}`, () => {
  let guest: GuestRun
  beforeAll(async () => {
    if (kernel !== undefined) guest = await runGuest(kernel)
  }, bootMs)

  describe.each(groups)('in the world %s', (world, names) => {
    it.each(names)('%s', (name) => {
      const outcomes = parseOutcomes(guest.console, world)
      expect(outcomes, `the program came to its end; see ${consoleFile}`).toBeDefined()
      const outcome = outcomes?.find(({ assertion }) => assertion === name)
      expect(outcome).toBeDefined()
      expect(outcome?.failure).toBeUndefined()
    })
  })

  it('boots in at most two attempts, and comes to its end', () => {
    console.log(`guest: ${guest.seconds.toFixed(1)} s, ${guest.attempts} attempt(s)`)
    expect(guest.console).toContain('tresor-guest-end')
  })
})

async function namesOfGroups(): Promise<(readonly [string, readonly string[]])[]> {
  const { guestGroups } = await import('../assertions/guest-groups.js')
  return Object.entries(guestGroups).map(([world, assertions]) => [world, assertions.map(nameOf)] as const)
}

function nameOf({ name }: Assertion): string {
  return name
}

async function runGuest(kernel: DebianKernel): Promise<GuestRun> {
  const entry = join(import.meta.dirname, '..', 'assertions', 'guest.program.ts')
  const program = { path: 'program.mjs', bytes: await readFile(await bundleProgram(entry, 'guest')) }
  const directory = await mkdtemp(join(tmpdir(), 'tresor-boot-'))
  try {
    const image = join(directory, 'initial.cpio')
    await writeGuestImage(kernel, [program, ...(await createGuestFiles())], image)
    const guest = await bootGuest(kernelImage(kernel), image)
    await writeFile(consoleFile, guest.console)
    return guest
  } finally {
    await rm(directory, { recursive: true })
  }
}
