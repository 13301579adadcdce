// Quotes that our fake Intel signs although a field is not as usual: what decides about them is Intel's algorithm, and no signature.
import type { SgxReport, TdReport } from '../../../packages/sdk/src/evidence/quote/index.js'
import type { FakeIntel, FakeQuoteOptions } from '../../../packages/sdk/src/testing/index.js'
import { type FakeMachine, makeFakeMachines, now, reportData } from './fake-subjects.js'
import { type Random, randomFrom } from './random.js'
import type { Subject } from './subject.js'

type Vary<Usual, Report = Usual> = (usual: Usual, random: Random) => FakeQuoteOptions<Report>

/** Attributes of an enclave: initialised, 64 bits, with the provisioning key, no debugger. */
const production = Uint8Array.of(0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0)

const tdVariations: Readonly<Record<string, Vary<TdReport>>> = {
  'other SVNs at launch': (_, random) => ({ fields: { teeTcbSvn: someSvn(random) } }),
  'other SVNs': (usual, random) => ({
    fields: { teeTcbSvn: someSvn(random), ...(usual.teeTcbSvn2 === undefined ? {} : { teeTcbSvn2: someSvn(random) }) }
  }),
  'other signer of the module': ({ mrSignerSeam }, random) => ({
    fields: { mrSignerSeam: flipped(mrSignerSeam, random) }
  }),
  'other attributes of the module': ({ seamAttributes }, random) => ({
    fields: { seamAttributes: flipped(seamAttributes, random) }
  }),
  'other attributes of the TD': ({ tdAttributes }, random) => ({
    fields: { tdAttributes: flipped(tdAttributes, random) }
  }),
  'other service TD': ({ mrServiceTd }, random) => ({
    fields: mrServiceTd === undefined ? {} : { mrServiceTd: flipped(mrServiceTd, random) }
  })
}

const enclaveVariations: Readonly<Record<string, Vary<unknown, SgxReport>>> = {
  'other attributes of the enclave': (_, random) => ({ fields: { attributes: flipped(production, random) } }),
  'other version of the enclave': (_, random) => ({ fields: { isvSvn: random.below(4) } }),
  'other version of the quote': (_, random) => ({ version: random.pick([3, 4, 5] as const) })
}

/** Of either TEE. */
const ofQe: Readonly<
  Record<string, (usual: unknown, random: Random) => Pick<FakeQuoteOptions<never>, 'qeReport' | 'authData'>>
> = {
  'other SVN of the QE': (_, random) => ({ qeReport: { isvSvn: random.below(12) } }),
  'other product of the QE': (_, random) => ({ qeReport: { isvProdId: random.below(4) } }),
  'other signer of the QE': (_, random) => ({ qeReport: { mrSigner: random.bytes(32) } }),
  'other attributes of the QE': (_, random) => ({
    qeReport: { attributes: flipped(production, random) }
  }),
  'other MISCSELECT of the QE': (_, random) => ({ qeReport: { miscSelect: flipped(new Uint8Array(4), random) } }),
  'other authentication data': (_, random) => ({ authData: random.bytes(random.pick([0, 1, 31, 32, 33, 64])) })
}

/** `count` quotes, each with one thing varied. */
export async function makeSignedSubjects(count: number, seed: number): Promise<readonly Subject[]> {
  const machines = await makeFakeMachines()
  const random = randomFrom(seed)
  return Array.from({ length: count }, (_, i) => {
    const subject =
      random.below(3) === 0 ? signEnclave(random.pick(machines), random) : signTd(random.pick(machines), random)
    return { ...subject, id: `${subject.id} (${i} of seed ${seed})` }
  })
}

function signTd({ id, td10, td15, tdx }: FakeMachine, random: Random): Subject {
  const intel: FakeIntel = random.pick([td10, td15])
  const [name, vary] = random.pick(Object.entries({ ...tdVariations, ...ofQe }))
  const quote = intel.tdxQuote(reportData, vary(intel.describeTd(reportData), random))
  return { id: `fake TDX, ${id}: ${name}`, kind: 'tdx', quote, now, platform: tdx }
}

function signEnclave({ id, td10, sgx }: FakeMachine, random: Random): Subject {
  const [name, vary] = random.pick(Object.entries({ ...enclaveVariations, ...ofQe }))
  const quote = td10.sgxQuote(reportData, vary(undefined, random))
  return { id: `fake SGX, ${id}: ${name}`, kind: 'sgx', quote, now, platform: sgx }
}

/** Around the levels that the fake vendor knows: minor SVN, major version, loader, and now and then a part beyond. */
function someSvn(random: Random): Uint8Array {
  const svn = new Uint8Array(16)
  svn.set([random.below(9), random.pick([0, 1, 1, 1, 2]), random.below(5), random.pick([0, 0, 0, 1])])
  return svn
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice()
  const at = random.below(out.length)
  out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
  return out
}
