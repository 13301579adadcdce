// The privilege level of a report (VMPL): what the kernel takes, what it refuses, and that the report has it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { generation, readText, refuses, reportData, withEntry, writeAttribute } from './entry.js'
import type { Assertion, World } from './world.js'

const vmplOffset = 0x30
const maxLevel = 3

export const configfsPrivlevel: readonly Assertion[] = [
  { name: 'privlevel_floor is a number and a line feed', run: assertFloor },
  { name: 'every level from the floor to 3 is taken, and the report is of it', run: assertLevels },
  { name: 'a level above 3 is refused and changes nothing', run: assertAbove },
  { name: 'a level below the floor is refused and changes nothing', run: assertBelow },
  { name: 'what is no number is no level', run: assertNumber },
  { name: 'a level counts at once, and raises the generation by one', run: assertGeneration }
]

function assertFloor({ privlevelFloor }: World): void {
  withEntry((path) => assert.equal(readText(`${path}/privlevel_floor`), `${privlevelFloor}\n`))
}

function assertLevels({ privlevelFloor }: World): void {
  withEntry((path) => {
    for (let level = privlevelFloor; level <= maxLevel; level++) {
      writeAttribute(`${path}/privlevel`, `${level}`)
      writeAttribute(`${path}/inblob`, reportData(level))
      assert.equal(readFileSync(`${path}/outblob`).readUInt32LE(vmplOffset), level)
    }
  })
}

function assertAbove(): void {
  assertRefused(['4', '255', '4294967296'])
}

function assertBelow({ privlevelFloor }: World): void {
  assertRefused(Array.from({ length: privlevelFloor }, (_, level) => String(level)))
}

function assertNumber(): void {
  assertRefused(['x', '-1', '3 ', '3x', ' 3'])
}

function assertRefused(levels: readonly string[]): void {
  withEntry((path) => {
    for (const level of levels) assert.throws(() => writeAttribute(`${path}/privlevel`, level), /EINVAL|ERANGE/)
    assert.equal(generation(path), 0)
  })
}

function assertGeneration(): void {
  withEntry((path) => {
    writeAttribute(`${path}/privlevel`, '3\n')
    assert.equal(generation(path), 1)
    writeAttribute(`${path}/privlevel`, '0x3')
    assert.equal(generation(path), 2)
    refuses('EINVAL', () => readText(`${path}/outblob`))
  })
}
