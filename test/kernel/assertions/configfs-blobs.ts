// How a report is asked for through configfs-tsm: when an inblob counts, what an outblob covers, what each reader sees.
import assert from 'node:assert/strict'
import { constants, writeFileSync } from 'node:fs'
import {
  generation,
  readSome,
  readText,
  refuses,
  reportData,
  withEntry,
  withFile,
  writeAll,
  writeAttribute
} from './entry.js'
import { type Assertion, outblobBytes, reportDataBytes, reportDataOffset, type World } from './world.js'

export const configfsBlobs: readonly Assertion[] = [
  { name: 'an inblob counts when its file is closed, and not before', run: assertCommitAtClose },
  { name: 'an inblob that is written with O_CREAT and O_TRUNC is taken', run: assertTruncatingWrite },
  { name: 'several writes to one open inblob are one commit', run: assertOneCommit },
  { name: 'outblob covers the inblob and has the size of a report', run: assertCoverage },
  { name: 'outblob is refused before there is an inblob, and for one that is too short', run: assertShortInblob },
  { name: 'an inblob of 65 bytes is refused at the write, and its close commits an empty one', run: assertLongInblob },
  { name: 'an open outblob keeps what was read first, and a new one has the new report', run: assertSnapshot },
  { name: 'outblob can be read in pieces and from any position', run: assertPieces },
  { name: 'each commit raises the generation by one, and reading does not', run: assertGeneration },
  { name: 'entries do not disturb one another', run: assertIndependence },
  { name: 'auxblob holds the certificate table where the driver has one', run: assertCertificates },
  { name: 'manifestblob holds the manifest where there is an SVSM', run: assertManifest },
  { name: 'the other blobs are refused before there is an inblob', run: assertNoBlobBefore }
]

function assertCommitAtClose(): void {
  withEntry((path) => {
    withFile(`${path}/inblob`, constants.O_WRONLY, (fd) => {
      writeAll(fd, reportData(1))
      assert.equal(generation(path), 0)
      refuses('EINVAL', () => readText(`${path}/outblob`))
    })
    assert.equal(generation(path), 1)
  })
}

function assertTruncatingWrite(): void {
  withEntry((path) => {
    writeFileSync(`${path}/inblob`, reportData(2))
    assert.equal(generation(path), 1)
  })
}

function assertOneCommit(world: World): void {
  withEntry((path) => {
    withFile(`${path}/inblob`, constants.O_WRONLY, (fd) => {
      writeAll(fd, reportData(3).subarray(0, 20))
      writeAll(fd, reportData(3).subarray(20))
    })
    assert.equal(generation(path), 1)
    raiseToFloor(path, world)
    assert.deepEqual(coveredBy(path, world), reportData(3))
  })
}

function assertCoverage(world: World): void {
  withEntry((path) => {
    request(path, world, 4)
    assert.equal(readBlob(`${path}/outblob`).length, outblobBytes(world))
    assert.deepEqual(coveredBy(path, world), reportData(4))
  })
}

function assertShortInblob(): void {
  withEntry((path) => {
    refuses('EINVAL', () => readText(`${path}/outblob`))
    writeAttribute(`${path}/inblob`, reportData(5).subarray(1))
    assert.equal(generation(path), 1)
    refuses('EINVAL', () => readText(`${path}/outblob`))
  })
}

function assertLongInblob(): void {
  withEntry((path) => {
    writeAttribute(`${path}/inblob`, reportData(13))
    refuses('EFBIG', () => writeAttribute(`${path}/inblob`, new Uint8Array(65)))
    assert.equal(generation(path), 2)
    refuses('EINVAL', () => readText(`${path}/outblob`))
  })
}

function assertSnapshot(world: World): void {
  withEntry((path) => {
    request(path, world, 6)
    withFile(`${path}/outblob`, constants.O_RDONLY, (fd) => {
      const first = readSome(fd, 8192, 0)
      writeAttribute(`${path}/inblob`, reportData(7))
      assert.deepEqual(readSome(fd, 8192, 0), first)
    })
    assert.deepEqual(coveredBy(path, world), reportData(7))
  })
}

function assertPieces(world: World): void {
  withEntry((path) => {
    request(path, world, 8)
    const whole = readBlob(`${path}/outblob`)
    withFile(`${path}/outblob`, constants.O_RDONLY, (fd) => {
      const pieces = [readSome(fd, 100), readSome(fd, 700), readSome(fd, 8192), readSome(fd, 8192)]
      assert.deepEqual(Buffer.concat(pieces), whole)
      assert.deepEqual(readSome(fd, reportDataBytes, reportDataOffset(world)), reportData(8))
    })
  })
}

function assertGeneration(world: World): void {
  withEntry((path) => {
    raiseToFloor(path, world)
    const start = generation(path)
    for (const count of [1, 2, 3]) {
      writeAttribute(`${path}/inblob`, reportData(count))
      assert.deepEqual(coveredBy(path, world), reportData(count))
      assert.equal(generation(path), start + count)
    }
  })
}

function assertIndependence(world: World): void {
  withEntry((one) =>
    withEntry((other) => {
      request(one, world, 9)
      request(other, world, 10)
      assert.deepEqual(coveredBy(one, world), reportData(9))
      assert.deepEqual(coveredBy(other, world), reportData(10))
    })
  )
}

function assertCertificates(world: World): void {
  withEntry((path) => {
    request(path, world, 11)
    if (!world.attributes.includes('auxblob')) refuses('ENOENT', () => readBlob(`${path}/auxblob`))
    else assert.equal(readBlob(`${path}/auxblob`).length, world.certificateTableBytes)
  })
}

function assertManifest(world: World): void {
  withEntry((path) => {
    request(path, world, 12)
    if (!world.attributes.includes('manifestblob')) refuses('ENOENT', () => readBlob(`${path}/manifestblob`))
    else assert.equal(readText(`${path}/manifestblob`), world.manifest)
  })
}

function assertNoBlobBefore(world: World): void {
  withEntry((path) => {
    for (const blob of world.attributes.filter((name) => name === 'auxblob' || name === 'manifestblob')) {
      refuses('EINVAL', () => readBlob(`${path}/${blob}`))
    }
  })
}

function request(path: string, world: World, seed: number): void {
  raiseToFloor(path, world)
  writeAttribute(`${path}/inblob`, reportData(seed))
}

/** The kernel starts at level zero, also where the floor is higher. */
function raiseToFloor(path: string, { privlevelFloor }: World): void {
  if (privlevelFloor > 0) writeAttribute(`${path}/privlevel`, String(privlevelFloor))
}

function coveredBy(path: string, world: World): Buffer {
  const offset = reportDataOffset(world)
  return readBlob(`${path}/outblob`).subarray(offset, offset + reportDataBytes)
}

function readBlob(path: string): Buffer {
  return withFile(path, constants.O_RDONLY, (fd) => readSome(fd, 1 << 16))
}
