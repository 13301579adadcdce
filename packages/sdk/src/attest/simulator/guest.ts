// The guest that the simulated platform runs: what the caller chose, completed and checked once.
import { createHash } from 'node:crypto'
import { expectBytes, expectInteger, expectOneOf, expectOptions, expectString, UsageError } from '../../core/index.js'
import {
  encodeTcb,
  parseGuestPolicy,
  type SnpProduct,
  type SnpTcb,
  snpProducts,
  tcbComponents,
  tcbLayoutOf
} from '../../evidence/index.js'

export interface SimulatorOptions {
  /** Keeps chip and keys here, so that they survive a restart. Without it every simulator is a new chip. */
  readonly directory?: string
  /** Default `Milan`. */
  readonly product?: SnpProduct
  /** Of the report. Default 3, on Turin 5. */
  readonly version?: 2 | 3 | 5
  /** Which key signs. Default `VCEK`. */
  readonly signingKey?: 'VCEK' | 'VLEK'
  /** The level that the guest runs at, 0 to 3. Default 0. */
  readonly vmpl?: number
  /** Default 0. */
  readonly guestSvn?: number
  /** Default 0x30000: SMT allowed, no debugging, no migration. */
  readonly guestPolicy?: bigint
  /** 48 bytes. Default: a fixed value for each product. */
  readonly measurement?: Uint8Array
  /** 32 bytes. Default zeros. */
  readonly hostData?: Uint8Array
  /** 16 bytes each. Default zeros. */
  readonly familyId?: Uint8Array
  readonly imageId?: Uint8Array
  /** 48 bytes each. Default zeros. */
  readonly idKeyDigest?: Uint8Array
  readonly authorKeyDigest?: Uint8Array
  /** Current, committed, reported and launch TCB. */
  readonly tcb?: SnpTcb
  /** How long each request takes. Default 0. */
  readonly latencyMs?: number
}

/** Options with nothing left to choose. */
export interface SimulatedGuest extends Required<Omit<SimulatorOptions, 'directory' | 'tcb' | 'latencyMs'>> {
  /** Eight bytes as in a report. */
  readonly tcb: Uint8Array
}

const optionNames = [
  'directory',
  'product',
  'version',
  'signingKey',
  'vmpl',
  'guestSvn',
  'guestPolicy',
  'measurement',
  'hostData',
  'familyId',
  'imageId',
  'idKeyDigest',
  'authorKeyDigest',
  'tcb',
  'latencyMs'
] as const

/** @throws UsageError ERR_USAGE_OPTION */
export function expectGuest(options: SimulatorOptions): SimulatedGuest {
  expectOptions(options, optionNames, 'simulator')
  const product = expectOneOf(options.product ?? 'Milan', snpProducts, 'product')
  return {
    product,
    version: expectVersion(options.version ?? (product === 'Turin' ? 5 : 3)),
    signingKey: expectOneOf(options.signingKey ?? 'VCEK', ['VCEK', 'VLEK'], 'signingKey'),
    vmpl: expectInteger(options.vmpl ?? 0, [0, 3], 'vmpl'),
    guestSvn: expectInteger(options.guestSvn ?? 0, [0, 0xffff_ffff], 'guestSvn'),
    guestPolicy: expectGuestPolicy(options.guestPolicy ?? 0x3_0000n),
    measurement: expectField(options.measurement, 48, 'measurement', defaultMeasurement(product)),
    hostData: expectField(options.hostData, 32, 'hostData'),
    familyId: expectField(options.familyId, 16, 'familyId'),
    imageId: expectField(options.imageId, 16, 'imageId'),
    idKeyDigest: expectField(options.idKeyDigest, 48, 'idKeyDigest'),
    authorKeyDigest: expectField(options.authorKeyDigest, 48, 'authorKeyDigest'),
    tcb: expectTcb(product, options.tcb ?? defaultTcbs[product])
  }
}

export function expectDirectory(options: SimulatorOptions): string | undefined {
  return options.directory === undefined ? undefined : expectString(options.directory, 'directory')
}

export function expectLatency(options: SimulatorOptions): number {
  return expectInteger(options.latencyMs ?? 0, [0, 60_000], 'latencyMs')
}

/** Values of machines in use. */
const defaultTcbs: Readonly<Record<SnpProduct, SnpTcb>> = {
  Milan: { bootLoader: 4, tee: 0, snp: 24, microcode: 219 },
  Genoa: { bootLoader: 10, tee: 0, snp: 23, microcode: 84 },
  Turin: { fmc: 1, bootLoader: 1, tee: 1, snp: 4, microcode: 81 }
}

function defaultMeasurement(product: SnpProduct): Uint8Array {
  return new Uint8Array(createHash('sha384').update(`tresor simulator measurement ${product}`).digest())
}

function expectField(value: Uint8Array | undefined, length: number, name: string, otherwise?: Uint8Array): Uint8Array {
  if (value === undefined) return otherwise ?? new Uint8Array(length)
  return expectBytes(value, length, name).slice()
}

function expectVersion(value: unknown): 2 | 3 | 5 {
  if (value === 2 || value === 3 || value === 5) return value
  throw new UsageError('ERR_USAGE_OPTION', 'version: expected 2, 3 or 5', { details: { field: 'version' } })
}

function expectGuestPolicy(value: unknown): bigint {
  if (typeof value !== 'bigint') {
    throw new UsageError('ERR_USAGE_OPTION', `guestPolicy: expected a bigint, found ${typeof value}`, {
      details: { field: 'guestPolicy' }
    })
  }
  try {
    parseGuestPolicy(value)
    return value
  } catch (error) {
    throw new UsageError('ERR_USAGE_OPTION', 'guestPolicy: expected one that firmware accepts', { cause: error })
  }
}

function expectTcb(product: SnpProduct, tcb: SnpTcb): Uint8Array {
  const layout = tcbLayoutOf(product)
  const components = tcbComponents(layout)
  expectOptions(tcb, components, 'tcb')
  for (const component of components) expectInteger(tcb[component] ?? 0, [0, 255], `tcb.${component}`)
  return encodeTcb(tcb, layout)
}
