// Programs and libraries of the system that some tests need. A test that misses one is skipped under a name that says how to
// install it: `it.skipIf(missing)(`does something${skipNote(missing)}`, …)`.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface MissingParts {
  /** For example `needs swtpm, go`. */
  readonly reason: string
  /** The command that a person types. */
  readonly install: string
}

interface Part {
  /** Debian packages. */
  readonly packages: string
  readonly isPresent: () => boolean
}

const parts = {
  bc: { packages: 'bc', isPresent: () => hasProgram('bc') },
  busybox: { packages: 'busybox-static', isPresent: () => hasProgram('busybox') },
  cargo: { packages: 'cargo', isPresent: () => hasProgram('cargo') },
  cc: { packages: 'gcc libc6-dev make', isPresent: () => hasProgram('gcc') && hasProgram('make') },
  chromium: {
    packages: 'chromium',
    isPresent: () => ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(hasProgram)
  },
  cpio: { packages: 'cpio', isPresent: () => hasProgram('cpio') },
  fuse3: { packages: 'fuse3 libfuse3-dev pkg-config gcc', isPresent: () => hasLibrary('fuse3') && hasProgram('gcc') },
  go: { packages: 'golang-go', isPresent: () => hasProgram('go') },
  postgres: {
    packages: 'postgresql',
    isPresent: () => hasProgram('postgres') || hasFolderWith('/usr/lib/postgresql', 'bin/postgres')
  },
  qemu: { packages: 'qemu-system-x86', isPresent: () => hasProgram('qemu-system-x86_64') },
  redis: { packages: 'redis-server', isPresent: () => hasProgram('redis-server') },
  swtpm: { packages: 'swtpm', isPresent: () => hasProgram('swtpm') }
} satisfies Record<string, Part>

export type SystemPart = keyof typeof parts

/** What of `names` is not installed, or undefined. */
export function missingParts(names: readonly SystemPart[]): MissingParts | undefined {
  const missing = names.filter((name) => !parts[name].isPresent())
  if (missing.length === 0) return undefined
  const packages = [...new Set(missing.flatMap((name) => parts[name].packages.split(' ')))]
  return { reason: `needs ${missing.join(', ')}`, install: `apt-get install ${packages.join(' ')}` }
}

/** Goes behind the name of a test that is skipped; empty where nothing is missing. */
export function skipNote(missing: MissingParts | undefined): string {
  return missing === undefined ? '' : ` [skipped: ${missing.reason}: ${missing.install}]`
}

/** True for a program on PATH. */
function hasProgram(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.some((folder) => isExecutable(join(folder, name)))
}

function hasLibrary(name: string): boolean {
  if (!hasProgram('pkg-config')) return false
  try {
    execFileSync('pkg-config', ['--exists', name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** One folder for each version below `base`. */
function hasFolderWith(base: string, program: string): boolean {
  try {
    return readdirSync(base).some((version) => isExecutable(join(base, version, program)))
  } catch {
    return false
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
