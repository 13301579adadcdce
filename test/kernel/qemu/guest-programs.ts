// What is compiled for the guest: our module, and a program that answers on a vsock.
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildOnce, filesIn, readAll, run } from '../support/build-directory.js'
import { type DebianKernel, prepareHeaders } from './debian-kernel.js'

/** The path of tresor_tee.ko for this kernel. */
export function buildModule(kernel: DebianKernel): Promise<string> {
  const folder = join(import.meta.dirname, 'module')
  const sources = readAll(filesIn(folder, '.c', '.h', 'Kbuild'))
  return buildOnce('tresor_tee.ko', [kernel.version, ...sources], async (path) => {
    const workspace = `${path}.d`
    mkdirSync(workspace, { recursive: true })
    cpSync(folder, workspace, { recursive: true })
    await run('make', '-C', prepareHeaders(kernel), `M=${workspace}`, 'modules')
    await run('strip', '--strip-debug', join(workspace, 'tresor_tee.ko'))
    renameSync(join(workspace, 'tresor_tee.ko'), path)
    rmSync(workspace, { recursive: true })
  })
}

export function buildVsockEcho(): Promise<string> {
  const source = join(import.meta.dirname, 'vsock-echo.c')
  return buildOnce('vsock-echo', readAll([source]), (path) =>
    run('gcc', '-std=gnu17', '-O1', '-static', '-Wall', '-Wextra', '-Werror', source, '-o', path)
  )
}
