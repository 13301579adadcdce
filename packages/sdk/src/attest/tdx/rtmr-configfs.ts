// Measurement registers in configfs-tsm, a proposal that some clouds' kernels carry: a directory with a register's index stands for the
// register, and there is only one for each.
import { readdir } from 'node:fs/promises'
import { utf8 } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import { kernelTsm, type TsmFiles } from '../tsm/index.js'
import { expectRegister, explainedRtmr } from './rtmr-failure.js'
import type { RtmrIndex, RtmrInterface } from './rtmr-interface.js'

const root = '/sys/kernel/config/tsm/rtmrs'

export interface RtmrFiles extends Pick<TsmFiles, 'makeDirectory' | 'read' | 'write'> {
  list(path: string): Promise<readonly string[]>
}

const kernelFiles: RtmrFiles = { ...kernelTsm.files, list: (path) => readdir(path) }

export function configfsRtmrs(files: RtmrFiles = kernelFiles): RtmrInterface {
  const digestOf = async (index: RtmrIndex): Promise<string> => `${await findOrMake(files, index)}/digest`
  return {
    read: (index) =>
      explainedRtmr(`RTMR${index}`, async () =>
        expectRegister(`RTMR${index}`, await files.read(await digestOf(index), 4096))
      ),
    extend: (index, digest) => explainedRtmr(`RTMR${index}`, async () => files.write(await digestOf(index), digest))
  }
}

/** The directory stays: another process may have found it meanwhile. */
async function findOrMake(files: RtmrFiles, index: RtmrIndex): Promise<string> {
  for (const name of await files.list(root)) {
    if ((await readIndex(files, `${root}/${name}`)) === String(index)) return `${root}/${name}`
  }
  const path = `${root}/tresor-rtmr${index}`
  await files.makeDirectory(path)
  await files.write(`${path}/index`, utf8(String(index)))
  return path
}

/** Another's directory may have no index yet. */
async function readIndex(files: RtmrFiles, path: string): Promise<string | undefined> {
  const bytes = await files.read(`${path}/index`, 64).catch(() => undefined)
  return bytes === undefined ? undefined : decodeUtf8(bytes)?.trim()
}
