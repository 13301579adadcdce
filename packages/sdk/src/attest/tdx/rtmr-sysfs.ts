// Measurement registers in sysfs (Linux 6.16 or newer): reading gives the value, writing 48 bytes extends.
import { kernelTsm, type TsmFiles } from '../tsm/index.js'
import { expectRegister, explainedRtmr } from './rtmr-failure.js'
import type { RtmrInterface } from './rtmr-interface.js'

const directory = '/sys/devices/virtual/misc/tdx_guest/measurements'

export function sysfsRtmrs(files: Pick<TsmFiles, 'read' | 'write'> = kernelTsm.files): RtmrInterface {
  return {
    read: (index) =>
      explainedRtmr(`RTMR${index}`, async () => expectRegister(`RTMR${index}`, await files.read(pathOf(index), 4096))),
    extend: (index, digest) => explainedRtmr(`RTMR${index}`, () => files.write(pathOf(index), digest))
  }
}

function pathOf(index: number): string {
  return `${directory}/rtmr${index}:sha384`
}
