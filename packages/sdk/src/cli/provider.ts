// Which interface to ask for evidence: the one that was named, the simulator, or what detect finds.
import { detect, type EvidenceProvider, probe, simulator } from '../attest/index.js'
import { UnavailableError, UsageError } from '../core/index.js'

/** @throws UnavailableError where it does not work here, UsageError ERR_USAGE_OPTION for a name that is not known */
export async function chooseProvider(
  name: string | undefined,
  simulatorDirectory: string | undefined
): Promise<EvidenceProvider> {
  if (simulatorDirectory !== undefined) {
    if (name === undefined || name === 'simulator') return simulator({ directory: simulatorDirectory })
    throw new UsageError('ERR_USAGE_OPTION', `--simulator and --provider ${name} exclude each other`)
  }
  return name === undefined ? (await detect()).provider : providerNamed(name)
}

async function providerNamed(name: string): Promise<EvidenceProvider> {
  const { tee, others } = await probe(name === 'simulator' ? { simulator: true } : {})
  const working = tee === undefined ? [] : [tee.provider, ...tee.alternatives]
  const found = working.find((provider) => provider.name === name)
  if (found !== undefined) return found
  const broken = others.find((other) => other.name === name)
  if (broken !== undefined) {
    throw new UnavailableError(broken.code, broken.reason, { details: { remedy: broken.remedy } })
  }
  const names = [...working, ...others].map((provider) => provider.name).join(', ')
  throw new UsageError('ERR_USAGE_OPTION', `--provider: expected one of ${names}, found ${name}`)
}
