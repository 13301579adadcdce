// The initial file system of the guest: busybox, this very Node, the addon, the modules; and per boot the program with its worlds.
// Two archives, one behind the other, which the kernel unpacks in turn: the first is made once.
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { buildOnce, repository, run } from '../support/build-directory.js'
import { type DebianKernel, kernelModule } from './debian-kernel.js'
import { buildModule, buildVsockEcho } from './guest-programs.js'

export interface GuestFile {
  readonly path: string
  readonly bytes: string | Uint8Array
}

const kernelModules = [
  'fs/configfs/configfs',
  'drivers/virt/coco/tsm',
  'net/vmw_vsock/vsock',
  'net/vmw_vsock/vmw_vsock_virtio_transport_common',
  'net/vmw_vsock/vsock_loopback'
]
const native = join(repository, 'packages', 'native')
const init = join(import.meta.dirname, 'guest-init.sh')

/** Writes the image for one boot to `target`. */
export async function writeGuestImage(
  kernel: DebianKernel,
  files: readonly GuestFile[],
  target: string
): Promise<void> {
  const ours = await archive(target, (root) => {
    for (const { path, bytes } of files) place(root, path, (to) => writeFileSync(to, bytes))
  })
  copyFileSync(await buildBase(kernel), target)
  appendFileSync(target, ours)
}

async function buildBase(kernel: DebianKernel): Promise<string> {
  const module = await buildModule(kernel)
  const echo = await buildVsockEcho()
  const addon = join(native, 'prebuilds', 'linux-x64', 'tresor.glibc.node')
  const key = [kernel.version, process.execPath, process.version, module, echo, readFileSync(init), readFileSync(addon)]
  return buildOnce('guest-base.cpio', key, async (path) => {
    const libraries = await librariesOf(process.execPath, addon)
    const bytes = await archive(path, async (root) => {
      place(root, 'init', (to) => writeFileSync(to, readFileSync(init), { mode: 0o755 }))
      place(root, 'bin/busybox', (to) => copyFileSync('/bin/busybox', to))
      place(root, 'bin/node', (to) => copyFileSync(process.execPath, to))
      place(root, 'bin/vsock-echo', (to) => copyFileSync(echo, to))
      for (const library of libraries) place(root, library, (to) => copyFileSync(library, to))
      place(root, 'modules/tresor_tee.ko', (to) => copyFileSync(module, to))
      for (const name of kernelModules) await placeKernelModule(kernel, name, root)
      placeAddon(root)
    })
    writeFileSync(path, bytes)
  })
}

async function placeKernelModule(kernel: DebianKernel, name: string, root: string): Promise<void> {
  const to = join(root, 'modules', `${basename(name)}.ko`)
  await run('sh', '-c', 'exec busybox xzcat "$1" > "$2"', 'sh', kernelModule(kernel, name), to)
}

function placeAddon(root: string): void {
  const to = join(root, 'node_modules', '@tresor', 'native')
  mkdirSync(to, { recursive: true })
  for (const name of ['package.json', 'index.js', 'prebuilds'])
    cpSync(join(native, name), join(to, name), { recursive: true })
}

/** With the dynamic loader. */
async function librariesOf(...programs: readonly string[]): Promise<string[]> {
  const output = (await Promise.all(programs.map((program) => run('ldd', program)))).join('')
  return [...new Set(output.match(/(?<=[\s])\/\S+/g) ?? [])]
}

function place(root: string, path: string, write: (to: string) => void): void {
  const to = join(root, path)
  mkdirSync(dirname(to), { recursive: true })
  write(to)
}

/** A cpio archive of what `fill` puts into a directory. */
async function archive(near: string, fill: (root: string) => void | Promise<void>): Promise<Uint8Array> {
  const root = mkdtempSync(join(tmpdir(), 'tresor-guest-'))
  const output = `${near}.part`
  try {
    await fill(root)
    await run('sh', '-c', 'cd "$1" && find . | cpio --quiet -o -H newc -R 0:0 > "$2"', 'sh', root, output)
    return readFileSync(output)
  } finally {
    rmSync(root, { recursive: true })
    rmSync(output, { force: true })
  }
}
