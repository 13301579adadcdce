// What configfs-tsm is as a file system: which files there are, and what nobody can do with them. Linux
// Documentation/ABI/testing/configfs-tsm-report and fs/configfs.
import assert from 'node:assert/strict'
import { constants, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { readSome, readText, refuses, withEntry, withFile, writeAttribute } from './entry.js'
import { type Assertion, reportDirectory, type World } from './world.js'

export const configfsFiles: readonly Assertion[] = [
  { name: 'an entry has the attributes of its driver and no others', run: assertAttributes },
  { name: 'the provider is a name and a line feed', run: assertProvider },
  { name: 'blobs state a size of zero, and who may read and write them', run: assertModes },
  { name: 'an entry can be made once', run: () => withEntry((path) => refuses('EEXIST', () => mkdirSync(path))) },
  { name: 'an entry is gone after rmdir, with its attributes', run: assertRemoved },
  { name: 'an entry takes no directory and no file of ours', run: assertClosed },
  { name: 'an attribute cannot be unlinked or renamed', run: assertFixed },
  {
    name: 'the report directory itself cannot be removed',
    run: () => refuses('EPERM', () => rmdirSync(reportDirectory))
  },
  { name: 'a file that was open when its entry was removed answers ENOENT', run: assertOrphan },
  {
    name: 'what is write-only cannot be read and what is read-only cannot be written, not even by root',
    run: assertAccess
  }
]

/** Where no driver has registered, the directory exists and takes no entry. */
export const configfsWithoutDriver: readonly Assertion[] = [
  {
    name: 'the report directory is there and empty',
    run: () => assert.deepEqual(readdirSync(reportDirectory), [])
  },
  {
    name: 'an entry is refused with ENXIO',
    run: () => refuses('ENXIO', () => mkdirSync(`${reportDirectory}/entry`))
  }
]

function assertAttributes({ attributes }: World): void {
  withEntry((path) => assert.deepEqual(readdirSync(path).sort(), [...attributes].sort()))
}

function assertProvider({ provider }: World): void {
  withEntry((path) => assert.equal(readText(`${path}/provider`), `${provider}\n`))
}

function assertModes(): void {
  withEntry((path) => {
    assert.deepEqual(sizeAndMode(`${path}/inblob`), [0, 0o200])
    assert.deepEqual(sizeAndMode(`${path}/outblob`), [0, 0o444])
  })
}

function assertRemoved(): void {
  const path = withEntry((entry) => entry)
  refuses('ENOENT', () => statSync(path))
  refuses('ENOENT', () => readText(`${path}/provider`))
}

function assertClosed(): void {
  withEntry((path) => {
    refuses('EPERM', () => mkdirSync(`${path}/directory`))
    refuses('EACCES', () => writeFileSync(`${path}/file`, 'x'))
  })
}

function assertFixed(): void {
  withEntry((path) => {
    refuses('EPERM', () => unlinkSync(`${path}/outblob`))
    refuses('EPERM', () => renameSync(`${path}/outblob`, `${path}/renamed`))
  })
}

function assertOrphan(): void {
  const path = `${reportDirectory}/removed-${process.pid}`
  mkdirSync(path)
  withFile(`${path}/provider`, constants.O_RDONLY, (fd) => {
    rmdirSync(path)
    refuses('ENOENT', () => readSome(fd, 64))
  })
}

function assertAccess(): void {
  withEntry((path) => {
    refuses('EACCES', () => readText(`${path}/inblob`))
    refuses('EACCES', () => withFile(`${path}/inblob`, constants.O_RDWR, () => undefined))
    refuses('EACCES', () => writeAttribute(`${path}/outblob`, 'x'))
    refuses('EACCES', () => writeAttribute(`${path}/generation`, '0'))
  })
}

function sizeAndMode(path: string): readonly [number, number] {
  const { size, mode } = statSync(path)
  return [size, mode & 0o777]
}
