// Compiles the daemon that emulates configfs-tsm, and says whether this machine can run it.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { type MissingParts, missingParts } from '../../support/system-parts.js'
import { buildOnce, filesIn, readAll, run } from '../support/build-directory.js'

const folder = import.meta.dirname

const flags = ['-std=gnu17', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-D_FILE_OFFSET_BITS=64']

/** The path of the program. */
export function buildTsmFuse(): Promise<string> {
  const sources = filesIn(folder, '.c')
  return buildOnce('tsm-fuse', [flags.join(' '), ...readAll(filesIn(folder, '.c', '.h'))], async (path) => {
    const fuse = (await run('pkg-config', '--cflags', '--libs', 'fuse3')).trim().split(/\s+/)
    await run('gcc', ...flags, ...sources, ...fuse, '-o', path)
  })
}

/** What keeps this machine from mounting FUSE in a namespace of its own, or undefined. */
export function missingForTsmFuse(): MissingParts | undefined {
  return missingParts(['fuse3']) ?? missingRights()
}

function missingRights(): MissingParts | undefined {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return { reason: 'this user may not open /dev/fuse', install: 'modprobe fuse; chmod 0666 /dev/fuse' }
  }
  const namespaces = process.getuid?.() === 0 ? '-m' : '-Urm'
  if (spawnSync('unshare', [namespaces, 'true'], { stdio: 'ignore' }).status === 0) return undefined
  return { reason: 'this user may not make mount namespaces', install: 'run as root, or allow user namespaces' }
}
