// Looks for secrets in the memory of this process without holding them: it keeps each in disguise, and undoes the disguise nowhere. What it
// reads of the memory is disguised before anything else is done with it.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const disguise = 0x5a
const blockBytes = 1 << 20
/** Long enough that nothing has them by accident. */
const prefixBytes = 16

export interface Finding {
  readonly name: string
  readonly form: string
  /** The mapping that it was in. */
  readonly where: string
}

interface Needle {
  readonly name: string
  readonly form: string
  readonly bytes: Uint8Array
}

export class Scanner {
  readonly #needles: Needle[] = []
  /** Needles by their first two bytes. */
  readonly #table = new Map<number, Needle[]>()

  get count(): number {
    return this.#needles.length / 2
  }

  /** Takes over `secret`, which holds nothing recognizable afterwards. It must lie in memory that the engine does not move. */
  remember(name: string, secret: Uint8Array): void {
    const hex = new Uint8Array(new ArrayBuffer(2 * secret.length))
    for (let i = 0; i < secret.length; i++) {
      const byte = secret[i] ?? 0
      hex[2 * i] = hexDigit(byte >> 4) ^ disguise
      hex[2 * i + 1] = hexDigit(byte & 15) ^ disguise
      secret[i] = byte ^ disguise
    }
    this.#add({ name, form: 'raw', bytes: secret })
    this.#add({ name, form: 'hex', bytes: hex })
  }

  /** Everything that this process may read, but files that are only mapped for reading: code, and nothing of what happens at run time. */
  scanMemory(): { readonly findings: readonly Finding[]; readonly bytes: number } {
    const block = new Uint8Array(new ArrayBuffer(blockBytes))
    const memory = openSync('/proc/self/mem', 'r')
    const findings: Finding[] = []
    let bytes = 0
    for (const { start, end, name } of readMaps()) {
      for (let at = start; at < end; at += blockBytes - 64) {
        const read = readBlock(memory, block, at, Math.min(blockBytes, end - at))
        bytes += read
        findings.push(
          ...this.#find(block, read).map((needle) => ({ name: needle.name, form: needle.form, where: name }))
        )
        block.fill(0)
      }
    }
    closeSync(memory)
    return { findings: unique(findings), bytes }
  }

  scanFile(path: string): readonly Finding[] {
    const bytes = new Uint8Array(readFileSync(path))
    for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ disguise
    return unique(this.#find(bytes, bytes.length).map(({ name, form }) => ({ name, form, where: 'file' })))
  }

  #add(needle: Needle): void {
    this.#needles.push(needle)
    const key = ((needle.bytes[0] ?? 0) << 8) | (needle.bytes[1] ?? 0)
    this.#table.set(key, [...(this.#table.get(key) ?? []), needle])
  }

  /** `bytes` are in disguise, as the needles are. */
  #find(bytes: Uint8Array, length: number): readonly Needle[] {
    const wanted = new Uint8Array(65_536)
    for (const key of this.#table.keys()) wanted[key] = 1
    const found: Needle[] = []
    for (let i = 0; i + prefixBytes <= length; i++) {
      const key = ((bytes[i] as number) << 8) | (bytes[i + 1] as number)
      if (wanted[key] === 0) continue
      found.push(...(this.#table.get(key) ?? []).filter((needle) => startsAt(bytes, i, needle.bytes)))
    }
    return found
  }
}

/** Where the needle itself lies does not count: it is in disguise, and memory is disguised once more when it is read. */
function startsAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let i = 0; i < prefixBytes; i++) if (bytes[at + i] !== needle[i]) return false
  return true
}

/** In disguise at once. What cannot be read, such as memory that is secret even to the kernel, reads as nothing. */
function readBlock(memory: number, block: Uint8Array, at: number, length: number): number {
  let read = 0
  try {
    read = readSync(memory, block, 0, length, at)
  } catch {
    return 0
  }
  for (let i = 0; i < read; i++) block[i] = (block[i] as number) ^ disguise
  return read
}

function readMaps(): readonly { readonly start: number; readonly end: number; readonly name: string }[] {
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [range = '', access = '', , , inode, ...name] = line.split(/ +/)
      const [start = Number.NaN, end = Number.NaN] = range.split('-').map((number) => Number.parseInt(number, 16))
      const isCode = inode !== '0' && !access.includes('w')
      const isWanted = access.startsWith('r') && !isCode && !['[vvar]', '[vsyscall]'].includes(name.join(' '))
      return isWanted && end > start && end < Number.MAX_SAFE_INTEGER
        ? [{ start, end, name: name.join(' ') || 'anonymous' }]
        : []
    })
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 87 + value
}
