// Debian's 6.12 kernel for clouds, with what compiles modules for it: downloaded and unpacked below .cache/qemu, installed nowhere.
// apt works with lists and caches of its own there, so that the system's own state stays as it is.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository, run } from '../support/build-directory.js'
import { findAptMirror, formatSource } from './apt-mirror.js'

export interface DebianKernel {
  /** For example `6.12.95+deb12`. */
  readonly version: string
  /** What the packages would have put at `/`. */
  readonly root: string
}

const cache = join(repository, '.cache', 'qemu')
const suite = 'bookworm-backports'
const flavour = 'cloud-amd64'

/** From the cache, else from the machine's mirror. @throws Error where neither has it */
export async function obtainKernel(): Promise<DebianKernel> {
  return readCache() ?? (await downloadKernel())
}

function readCache(): DebianKernel | undefined {
  const file = join(cache, 'version')
  if (!existsSync(file)) return undefined
  const version = readFileSync(file, 'utf8')
  return { version, root: join(cache, version) }
}

async function downloadKernel(): Promise<DebianKernel> {
  const mirror = findAptMirror()
  if (mirror === undefined) throw new Error('no Debian mirror among the sources of apt')
  mkdirSync(join(cache, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true })
  writeFileSync(join(cache, 'apt.sources'), formatSource(mirror, suite))
  await run('apt-get', ...privateApt, '-q', 'update')
  const version = await newestVersion()
  await downloadPackages(version)
  await unpackPackages(version)
  writeFileSync(join(cache, 'version'), version)
  return { version, root: join(cache, version) }
}

const privateApt = [
  `Dir::Etc::sourcelist=${cache}/apt.sources`,
  'Dir::Etc::sourceparts=/dev/null',
  `Dir::State::lists=${cache}/lists`,
  `Dir::Cache=${cache}`,
  'APT::Sandbox::User=root',
  'Acquire::Retries=1',
  'Acquire::http::Timeout=20',
  'Acquire::https::Timeout=20'
].flatMap((option) => ['-o', option])

/** The metapackage depends on the newest image. */
async function newestVersion(): Promise<string> {
  const output = await run('apt-cache', ...privateApt, 'depends', `linux-image-${flavour}`)
  const version = new RegExp(`Depends: linux-image-(\\S+)-${flavour}`).exec(output)?.[1]
  if (version === undefined) throw new Error(`${suite} has no kernel for clouds`)
  return version
}

async function downloadPackages(version: string): Promise<void> {
  const names = [
    `linux-image-${version}-${flavour}`,
    `linux-headers-${version}-${flavour}`,
    `linux-headers-${version}-common`,
    `linux-kbuild-${version}`
  ]
  const archives = join(cache, 'archives')
  await run(
    'sh',
    '-c',
    'cd "$1" && shift && exec apt-get "$@"',
    'sh',
    archives,
    ...privateApt,
    '-q',
    'download',
    ...names
  )
}

/** Under another name first: a tree that is there is whole. */
async function unpackPackages(version: string): Promise<void> {
  const archives = join(cache, 'archives')
  const draft = join(cache, `${version}.tmp`)
  rmSync(draft, { recursive: true, force: true })
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
    await run('dpkg-deb', '-x', join(archives, name), draft)
  }
  rmSync(join(cache, version), { recursive: true, force: true })
  renameSync(draft, join(cache, version))
  rmSync(archives, { recursive: true })
}

export function kernelImage({ root, version }: DebianKernel): string {
  return join(root, 'boot', `vmlinuz-${version}-${flavour}`)
}

/** Of a module of the kernel's own, compressed as Debian has it. */
export function kernelModule({ root, version }: DebianKernel, path: string): string {
  return join(root, 'lib', 'modules', `${version}-${flavour}`, 'kernel', `${path}.ko.xz`)
}

/** The headers of the flavour, for `make -C`. Debian's refer to where they would be installed, and to symbols that only BTF needs. */
export function prepareHeaders({ root, version }: DebianKernel): string {
  const sources = join(root, 'usr', 'src')
  const headers = join(sources, `linux-headers-${version}-${flavour}`)
  writeFileSync(join(headers, 'Makefile'), `include ${join(sources, `linux-headers-${version}-common`)}/Makefile\n`)
  rmSync(join(headers, 'vmlinux'), { force: true })
  return headers
}
