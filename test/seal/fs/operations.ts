// What the differential test does: each operation drawn with its arguments, so that both sides do the same.
import { constants, type Stats } from 'node:fs'
import type nodeFs from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Side } from './differential.js'

export interface Operation {
  readonly title: string
  /** Where messages of Node differ from version to version, or name its own steps. */
  readonly onlyCode?: boolean
  run(side: Side): Promise<unknown>
}

type Random = () => number
type Fs = typeof nodeFs

const names = ['a', 'b', 'c', 'dir', 'ü', 'é漢', 'long'.repeat(20)]
const flags = ['r', 'r+', 'w', 'wx', 'w+', 'wx+', 'a', 'ax', 'a+', 'ax+']
const times = [1_000_000_000, 1_234_567_890.5, '1300000000']

export function randomOperation(random: Random): Operation {
  const draws = random() < 0.45 ? handleOperations : pathOperations
  return pick(random, draws)(random)
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T // of a list that is not empty
}

function number(random: Random, max: number): number {
  return Math.floor(random() * max)
}

/** Mostly plain; sometimes with what only a file system loves. */
function drawPath(random: Random): string {
  const parts = Array.from({ length: 1 + number(random, 3) }, () => pick(random, names))
  const dice = random()
  if (dice < 0.03) parts.push('..')
  else if (dice < 0.06) parts.splice(1, 0, '..')
  else if (dice < 0.08) parts.push('.')
  else if (dice < 0.1) parts.splice(1, 0, '.', '')
  else if (dice < 0.11) parts.push('x'.repeat(256))
  else if (dice < 0.115) parts.push('é'.repeat(128))
  else if (dice < 0.12) parts.push('y/'.repeat(3000))
  else if (dice < 0.123) parts.push('nul\0')
  return `${parts.join('/')}${random() < 0.06 ? '/' : ''}`
}

function drawSafePath(random: Random): string {
  return Array.from({ length: 1 + number(random, 3) }, () => pick(random, names)).join('/')
}

function drawData(random: Random): Buffer {
  const length = random() < 0.1 ? number(random, 200_000) : number(random, 300)
  return Buffer.alloc(length, String.fromCharCode(97 + number(random, 26)))
}

type Draw = (random: Random) => Operation

function onPath(name: string, draw: (random: Random) => (fs: Fs, path: string) => Promise<unknown>): Draw {
  return (random) => {
    const path = drawPath(random)
    const run = draw(random)
    return { title: `${name} ${path.slice(0, 60)}`, run: ({ fs, root }) => run(fs as Fs, `${root}/${path}`) } // both have its methods
  }
}

const pathOperations: readonly Draw[] = [
  onPath('writeFile', (random) => {
    const [data, flag, mode] = [
      drawData(random),
      pick(random, [...flags, 'w', 'w', 'w', 'w']),
      pick(random, [undefined, 0o600, 0o777, '755'])
    ]
    return (fs, path) => fs.writeFile(path, data, { flag, ...(mode === undefined ? {} : { mode }) })
  }),
  onPath('writeFile text', (random) => {
    const encoding = pick(random, ['utf8', 'latin1', 'hex', 'base64', 'utf16le'] as const)
    return (fs, path) => fs.writeFile(path, 'ab12 größe', encoding)
  }),
  onPath('appendFile', (random) => {
    const data = drawData(random)
    return (fs, path) => fs.appendFile(path, data)
  }),
  onPath('readFile', () => (fs, path) => fs.readFile(path)),
  onPath('readFile', (random) => {
    const encoding = pick(random, ['utf8', 'latin1', 'hex', 'base64', 'frob'] as const)
    return (fs, path) => fs.readFile(path, encoding as 'utf8')
  }),
  onPath('stat', () => async (fs, path) => shown(await fs.stat(path))),
  onPath('lstat', () => async (fs, path) => shown(await fs.lstat(path))),
  onPath('readdir', () => async (fs, path) => (await fs.readdir(path)).sort()),
  onPath('readdir types', () => async (fs, path) => {
    const entries = await fs.readdir(path, { withFileTypes: true })
    return entries
      .map((entry) => `${entry.name} ${entry.isFile()} ${entry.isDirectory()} ${entry.isSymbolicLink()}`)
      .sort()
  }),
  onPath('readdir recursive', () => async (fs, path) => listAll(fs, path)),
  onPath('mkdir', (random) => {
    const mode = pick(random, [undefined, 0o700, '711'])
    return (fs, path) => fs.mkdir(path, mode)
  }),
  onPath('mkdir', () => (fs, path) => fs.mkdir(path)),
  onPath('rmdir', () => (fs, path) => fs.rmdir(path)),
  onPath('unlink', () => (fs, path) => fs.unlink(path)),
  onPath('access', (random) => {
    const mode = pick(random, [constants.F_OK, constants.R_OK, constants.W_OK, constants.R_OK | constants.W_OK])
    return (fs, path) => fs.access(path, mode)
  }),
  onPath('truncate', (random) => {
    const length = pick(random, [0, 1, 100, 70_000, 150_000, -5])
    return (fs, path) => fs.truncate(path, length)
  }),
  onPath('utimes', (random) => {
    const time = pick(random, times)
    return (fs, path) => fs.utimes(path, time, time)
  }),
  onPath('lutimes', () => (fs, path) => fs.lutimes(path, 1_100_000_000, 1_100_000_000)),
  onPath('chmod', (random) => {
    const mode = pick(random, [0o644, 0o777, '700', 0o4755])
    return (fs, path) => fs.chmod(path, mode)
  }),
  onPath('symlink', (random) => {
    const target = pick(random, [...names, '.', 'a/', 'b/c', './dir', 'b/', ''])
    return (fs, path) => fs.symlink(target, path)
  }),
  onPath('readlink', () => (fs, path) => fs.readlink(path)),
  (random) => {
    const path = `${drawSafePath(random)}${pick(random, ['', '/', '/..', '/.'])}` // of long paths, realpath of the C library has its own view
    return { title: `realpath ${path}`, run: ({ fs, root }) => fs.realpath(`${root}/${path}`) }
  },
  (random) => {
    const prefix = drawPath(random)
    return {
      title: `mkdtemp ${prefix.slice(0, 60)}`,
      onlyCode: true, // the message of Node names what it drew
      run: async ({ fs, root }) => {
        const made = await fs.mkdtemp(`${root}/${prefix}`)
        await fs.rmdir(made)
        return made.length - root.length
      }
    }
  },
  (random) => pairOperation(random, 'rename', (fs, path, dest) => fs.rename(path, dest)),
  (random) => pairOperation(random, 'rename', (fs, path, dest) => fs.rename(path, dest)),
  (random) => {
    const mode = pick(random, [0, 0, constants.COPYFILE_EXCL])
    return pairOperation(random, `copyFile ${mode}`, async (fs, path, dest, side) =>
      fs.copyFile(path, dest, mode).catch((error) => clear(side, error))
    )
  },
  (random) => {
    const path = drawSafePath(random)
    const options = { recursive: random() < 0.5, force: random() < 0.5 }
    return {
      title: `rm ${path} ${JSON.stringify(options)}`,
      onlyCode: true,
      run: ({ fs, root }) => fs.rm(`${root}/${path}`, options)
    }
  },
  (random) => {
    const path = drawSafePath(random)
    return {
      title: `mkdir -p ${path}`,
      run: ({ fs, root }) => (fs as Fs).mkdir(`${root}/${path}`, { recursive: true })
    }
  },
  (random) => {
    const [path, dest] = [drawSafePath(random), drawSafePath(random)]
    const dereference = random() < 0.2
    const options = {
      recursive: random() < 0.7,
      force: random() < 0.6,
      errorOnExist: random() < 0.3,
      dereference,
      verbatimSymlinks: !dereference
    }
    return {
      title: `cp ${path} ${dest} ${JSON.stringify(options)}`,
      onlyCode: true,
      run: (side) => cpOrClear(side, () => side.fs.cp(`${side.root}/${path}`, `${side.root}/${dest}`, options))
    }
  },
  openOperation,
  openOperation,
  openOperation
]

/** A vault copies all or nothing, Node what it comes to, and it may remove what was there: after a failure both begin anew. */
async function clear(side: Side, error: unknown): Promise<never> {
  for (const handle of side.handles.splice(0)) await handle?.close()
  await side.empty()
  throw error
}

/** Node looks at source and destination at the same time: which of two faults is found first is chance. */
async function cpOrClear(side: Side, copy: () => Promise<void>): Promise<void> {
  await copy().catch(() => clear(side, Object.assign(new Error('refused'), { code: 'refused' })))
}

function pairOperation(
  random: Random,
  name: string,
  run: (fs: Fs, path: string, dest: string, side: Side) => Promise<unknown>
): Operation {
  const draw = () => drawPath(random).replace(/[xé]{99,}/, 'x') // which of two faults is found first is chance
  const [path, dest] = [draw(), draw()]
  return {
    title: `${name} ${path.slice(0, 60)} ${dest.slice(0, 60)}`,
    run: (side) => run(side.fs as Fs, `${side.root}/${path}`, `${side.root}/${dest}`, side)
  }
}

const slots = 5

function openOperation(random: Random): Operation {
  const [path, flag, slot] = [
    random() < 0.8 ? drawSafePath(random) : drawPath(random),
    pick(random, flags),
    number(random, slots)
  ]
  return {
    title: `open ${path.slice(0, 60)} ${flag} as ${slot}`,
    run: async (side) => {
      const handle = await side.fs.open(`${side.root}/${path}`, flag)
      await side.handles[slot]?.close()
      side.handles[slot] = handle
    }
  }
}

type OnHandle = (handle: FileHandle) => Promise<unknown>

function onHandle(name: string, draw: (random: Random) => OnHandle): Draw {
  return (random) => {
    const slot = number(random, slots)
    const run = draw(random)
    return {
      title: `${name} on ${slot}`,
      run: async ({ handles }) => (handles[slot] === undefined ? undefined : run(handles[slot] as FileHandle)) // both have its methods
    }
  }
}

function drawPosition(random: Random): number | null {
  return pick(random, [null, null, 0, number(random, 400), number(random, 300_000)])
}

const write = onHandle('write', (random) => {
  const [data, position] = [drawData(random), drawPosition(random)]
  return async (handle) => (await handle.write(data, 0, data.length, position)).bytesWritten
})

const read = onHandle('read', (random) => {
  const [length, position] = [pick(random, [0, 10, 400, 100_000]), drawPosition(random)]
  return async (handle) => {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read({ buffer, position })
    return buffer.subarray(0, bytesRead)
  }
})

const handleOperations: readonly Draw[] = [
  write,
  write,
  write,
  read,
  read,
  onHandle('write text', (random) => {
    const position = drawPosition(random)
    return async (handle) => (await handle.write('größe 漢', position, 'utf8')).bytesWritten
  }),
  onHandle('write part', (random) => {
    const [offset, length] = [number(random, 30), number(random, 30)]
    return async (handle) => (await handle.write(Buffer.alloc(20, 'p'), offset, length, 3)).bytesWritten
  }),
  onHandle('read part', (random) => {
    const [offset, length] = [number(random, 30), number(random, 30)]
    return async (handle) => (await handle.read(Buffer.alloc(20), offset, length, 3)).bytesRead
  }),
  onHandle('writev', (random) => {
    const [parts, position] = [[drawData(random), drawData(random)], drawPosition(random)]
    return async (handle) => (await handle.writev(parts, position ?? undefined)).bytesWritten
  }),
  onHandle('readv', (random) => {
    const position = drawPosition(random)
    return async (handle) => {
      const buffers = [Buffer.alloc(7), Buffer.alloc(90)]
      const { bytesRead } = await handle.readv(buffers, position ?? undefined)
      return Buffer.concat(buffers).subarray(0, bytesRead)
    }
  }),
  onHandle('truncate', (random) => {
    const length = pick(random, [0, 5, 250, 66_000, 140_000])
    return (handle) => handle.truncate(length)
  }),
  onHandle('stat', () => async (handle) => shown(await handle.stat())),
  onHandle('sync', () => (handle) => handle.sync()),
  onHandle('datasync', () => (handle) => handle.datasync()),
  onHandle('readFile', () => async (handle) => handle.readFile()),
  onHandle('writeFile', (random) => {
    const data = drawData(random)
    return (handle) => handle.writeFile(data)
  }),
  onHandle('appendFile', () => (handle) => handle.appendFile('more')),
  onHandle('chmod', (random) => {
    const mode = pick(random, [0o600, 0o755])
    return (handle) => handle.chmod(mode)
  }),
  onHandle('utimes', () => (handle) => handle.utimes(1_200_000_000, 1_200_000_000)),
  onHandle('close', () => (handle) => handle.close())
]

/** Everything below, by type: a list of names alone follows links in some versions of Node. */
export async function listAll(fs: Fs, path: string): Promise<readonly string[]> {
  const entries = await fs.readdir(path, { recursive: true, withFileTypes: true })
  return entries.map(({ parentPath, name }) => posix.relative(path, `${parentPath}/${name}`)).sort()
}

/** What of stat must be the same. Times count where they were set; sizes of directories are each file system's own. */
function shown(stats: Stats): unknown {
  return {
    type: [stats.isFile(), stats.isDirectory(), stats.isSymbolicLink(), stats.isFIFO()],
    mode: stats.mode.toString(8),
    size: stats.isDirectory() ? 0 : stats.size,
    links: stats.isDirectory() ? 0 : stats.nlink,
    mtime: stats.isDirectory() && stats.nlink === 0 ? 'gone' : stats.mtimeMs > 1_500_000_000_000 ? 'now' : stats.mtimeMs
  }
}
