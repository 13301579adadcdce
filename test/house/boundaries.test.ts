import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSources, resolveRelative, root, type SourceFile, specifiersOf } from './imports.js'
import { type Allowance, isomorphicRooms, law, type RoomLaw } from './law.js'

const sources = readSources()
const rooms = [...new Set(sources.map((file) => roomOf(file.path)))].filter((room) => room !== 'index')

describe('the import law', () => {
  it('covers every room', () => {
    expect(rooms.filter((room) => law[room] === undefined)).toEqual([])
  })

  it.each(rooms)('holds in %s', (room) => {
    const files = sources.filter((file) => roomOf(file.path) === room)
    expect(files.flatMap(violationsOf)).toEqual([])
  })

  it('lets the front door re-export indexes and parts only', () => {
    const front = sources.filter((file) => file.path === 'index.ts')
    expect(front.flatMap((file) => file.imports).filter((specifier) => !isIndexOrPart(specifier))).toEqual([])
  })

  it('gives no isomorphic room a way to Node but a door of that name', () => {
    const open = isomorphicRooms.filter((room) => {
      const doors = Object.entries(law[room]?.doors ?? {}).filter(
        ([name, door]) => name !== 'node' && door.node === true
      )
      return law[room]?.node === true || doors.length > 0
    })
    expect(open).toEqual([])
  })

  it('compiles the isomorphic rooms without the types of Node', () => {
    const config = JSON.parse(readFileSync(join(root, 'packages/sdk/tsconfig.isomorphic.json'), 'utf8'))
    expect(config.compilerOptions.types).toEqual([])
    expect(config.include).toEqual(isomorphicRooms.map((room) => `src/${room}/**/*.ts`))
  })

  it('has no cycle of files', () => {
    expect(findCycle(sources)).toEqual([])
  })

  it('sees static, type, dynamic and re-exporting imports, and no comment', () => {
    const code = `import a from 'a'\nimport type { B } from "b"\nexport { c } from 'c'\nconst d = await import('d')\nimport 'e' // from 'f'\n/* from 'g' */`
    expect(specifiersOf(code)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it.each([
    ['core/x.ts', 'node:fs'],
    ['core/x.ts', '../verify/index.js'],
    ['verify/x.ts', '../x509/der.js'],
    ['evidence/x.ts', '../x509/crl.js'],
    ['verify/x.ts', '../evidence/quote/quote.js'],
    ['verify/x.ts', '../attest/index.js'],
    ['evidence/x.ts', '#crypto'],
    ['attest/x.ts', '@tresor/native'],
    ['attest/x.ts', '../verify/index.js'],
    ['seal/x.ts', '../attest/index.js'],
    ['attest/device/x.ts', '@tresor/native'],
    ['native/x.ts', '../attest/index.js']
  ])('refuses %s importing %s', (path, specifier) => {
    expect(violationsOf({ path, imports: [specifier] })).toHaveLength(1)
  })
})

function roomOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? ''
}

function violationsOf(file: SourceFile): string[] {
  return file.imports
    .filter((specifier) => !isAllowed(file, specifier))
    .map((specifier) => `${file.path} -> ${specifier}`)
}

function isAllowed(file: SourceFile, specifier: string): boolean {
  const room = roomOf(file.path)
  const roomLaw = law[room]
  if (roomLaw === undefined) return file.path === 'index.ts'
  const door = doorOf(roomLaw, file.path)
  if (specifier.startsWith('node:')) return roomLaw.node === true || door.node === true
  if (!specifier.startsWith('.')) {
    const packages = [...(roomLaw.packages ?? []), ...(door.packages ?? [])]
    return packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  }
  const target = resolveRelative(file, specifier)
  const targetRoom = roomOf(target)
  if (targetRoom === room) return true
  if (roomLaw.entries?.some((entry) => target === `${entry}/index`)) return true
  return [...(roomLaw.rooms ?? []), ...(door.rooms ?? [])].includes(targetRoom) && isDoorOf(targetRoom, target)
}

/** What the folder that the file is in, or one around it, may import more than the room. */
function doorOf(roomLaw: RoomLaw, path: string): Allowance {
  const within = path.slice(path.indexOf('/') + 1)
  return Object.entries(roomLaw.doors ?? {}).find(([folder]) => within.startsWith(`${folder}/`))?.[1] ?? {}
}

/** The index of a room, or one of its parts. */
function isDoorOf(room: string, target: string): boolean {
  const parts = law[room]?.parts ?? []
  return ['index', ...parts, ...parts.map((part) => `${part}/index`)].some((door) => target === `${room}/${door}`)
}

/** The files of one import cycle, or nothing. */
function findCycle(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    files.map((file) => {
      const relative = file.imports.filter((specifier) => specifier.startsWith('.'))
      return [file.path.replace(/\.ts$/, ''), relative.map((specifier) => resolveRelative(file, specifier))] as const
    })
  )
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = walk(start, graph, done, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

function walk(
  file: string,
  graph: ReadonlyMap<string, string[]>,
  done: Set<string>,
  path: readonly string[]
): string[] {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
  if (done.has(file)) return []
  for (const next of graph.get(file) ?? []) {
    const cycle = walk(next, graph, done, [...path, file])
    if (cycle.length > 0) return cycle
  }
  done.add(file)
  return []
}

function isIndexOrPart(specifier: string): boolean {
  const [, room = '', rest = ''] = /^\.\/(\w+)\/(.+)\.js$/.exec(specifier) ?? []
  return rest === 'index' || law[room]?.parts?.includes(rest) === true
}
