// age files against the age command, from file to file, and against age-encryption, in memory. Time is that of the clock: the command is a
// process of its own, and we use several threads.
import { createReadStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecoveryKey, encryptAge, encryptAgeStream } from '../../packages/sdk/src/seal/index.js'
import type { Note } from './jobs.js'
import { loadAgeCommand, loadAgeEncryption } from './peer-age.js'
import { type Row, ratioRow } from './row.js'

const fileBytes = 256 << 20
const memoryBytes = 32 << 20

export async function ageRows(note: Note): Promise<readonly Row[]> {
  const { recipient } = await createRecoveryKey()
  return [...(await commandRows(recipient, note)), ...(await libraryRows(recipient, note))]
}

async function commandRows(recipient: string, note: Note): Promise<readonly Row[]> {
  const name = 'age export, file to file, over the age command'
  const command = loadAgeCommand(recipient)
  if (typeof command === 'string') {
    note(`skipped: ${name}: ${command}`)
    return []
  }
  // In memory, where there is such a place: the disk is not what is measured.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tresor-bench-'))
  try {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    writeFileSync(from, new Uint8Array(fileBytes).fill(5))
    const [theirs, ours] = await takeTurns([() => command(from, to), () => encryptFile(from, to, recipient)], () =>
      rmSync(to)
    )
    note(`age export: ${speed(fileBytes, ours)} MB/s, the age command: ${speed(fileBytes, theirs)} MB/s`)
    return [ratioRow({ name, target: 1.5, better: 'higher' }, theirs, ours)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function encryptFile(from: string, to: string, recipient: string): Promise<void> {
  const file = await open(to, 'wx')
  try {
    const source = createReadStream(from, { highWaterMark: 1 << 20 })
    for await (const piece of encryptAgeStream(source, { recipients: [recipient] })) await file.write(piece)
  } finally {
    await file.close()
  }
}

async function libraryRows(recipient: string, note: Note): Promise<readonly Row[]> {
  const name = 'age export, in memory, over age-encryption'
  const peer = await loadAgeEncryption(recipient)
  if (typeof peer === 'string') {
    note(`skipped: ${name}: ${peer}`)
    return []
  }
  const plaintext = new Uint8Array(memoryBytes).fill(5)
  const [theirs, ours] = await takeTurns([
    () => peer(plaintext),
    () => encryptAge(plaintext, { recipients: [recipient] })
  ])
  note(`age export in memory: ${speed(memoryBytes, ours)} MB/s, age-encryption: ${speed(memoryBytes, theirs)} MB/s`)
  return [ratioRow({ name, target: 6, better: 'higher' }, theirs, ours)]
}

const rounds = 12

/** Microseconds of each, by round. */
async function takeTurns(
  [theirs, ours]: readonly [() => unknown, () => unknown],
  cleanUp: () => void = () => undefined
): Promise<readonly [readonly number[], readonly number[]]> {
  const times: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds; round++) {
    for (const [index, work] of [theirs, ours].entries()) {
      const start = performance.now()
      await work()
      if (round >= 0) times[index === 0 ? 0 : 1].push(1000 * (performance.now() - start))
      cleanUp()
    }
  }
  return times
}

function speed(bytes: number, times: readonly number[]): string {
  return (bytes / Math.min(...times)).toFixed(0)
}
