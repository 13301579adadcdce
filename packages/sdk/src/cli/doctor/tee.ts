// The interfaces of a guest: which of them work, and what is wrong with the others.
import type { ProbeResult } from '../../attest/index.js'
import { type Finding, fail, ok, warn } from './finding.js'
import type { Machine } from './machine.js'

export function examineTee({ tee, others }: ProbeResult): readonly Finding[] {
  const remedy = 'run inside a confidential guest, or follow the remedies below; verifying needs no TEE'
  const broken = others.map(({ name, reason, remedy }) => warn(name, `${name}: ${reason}`, remedy))
  if (tee === undefined) return [fail('tee', 'no trusted execution environment works here', remedy), ...broken]
  const working = [tee.provider, ...tee.alternatives].map(({ name, simulated }) =>
    simulated
      ? warn(name, `${name} works, and proves nothing`, 'for development only')
      : ok(name, `${name} works: this machine can attest`)
  )
  return [...working, ...broken]
}

/** Devices of guests, with what makes them. */
const devices: readonly (readonly [path: string, what: string])[] = [
  ['/dev/sev-guest', 'SNP guest'],
  ['/dev/tdx_guest', 'TDX guest'],
  ['/dev/nsm', 'Nitro enclave'],
  ['/dev/tpmrm0', 'TPM']
]

/** Says what is there: a device that is missing is no fault, the wrong mode of one that exists is. */
export async function examineDevices(machine: Machine): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const [path, what] of devices) {
    const state = await machine.access(path)
    if (state === 'usable') findings.push(ok('device', `${path} (${what}) can be used`))
    if (state === 'forbidden')
      findings.push(warn('device', `${path} (${what}) may not be opened by this process`, accessRemedy(path)))
  }
  return [...findings, ...(await examineConfigfs(machine))]
}

function accessRemedy(path: string): string {
  return `give this process a group that may: ls -l ${path}, then usermod -aG or a udev rule`
}

async function examineConfigfs(machine: Machine): Promise<readonly Finding[]> {
  if (machine.platform !== 'linux') return []
  const mounts = (await machine.readText('/proc/mounts')) ?? ''
  const isMounted = mounts.split('\n').some((line) => line.split(' ')[2] === 'configfs')
  if (!isMounted) return [warn('configfs', 'configfs is not mounted', 'mount -t configfs none /sys/kernel/config')]
  return [ok('configfs', 'configfs is mounted')]
}

export async function examineAddon(machine: Machine): Promise<Finding> {
  const problem = await machine.addonProblem()
  if (problem === undefined) return ok('addon', 'the native addon loads')
  const remedy =
    'npm install @tresor/native; needed for /dev/sev-guest and locked memory, not for configfs-tsm or verifying'
  return warn('addon', problem, remedy)
}
