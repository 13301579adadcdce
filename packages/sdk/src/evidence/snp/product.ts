// The products that make SNP reports, as CPUID tells them apart (AMD 56860, fields CPUID_FAM_ID and CPUID_MOD_ID).

/** Name of a product as the certificates of AMD's key distribution service spell it. Bergamo and Siena are `Genoa` there. */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin'

export const snpProducts: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin']

/** Family, model and stepping of the processor, each combined from base and extended values. */
export interface SnpCpuid {
  readonly family: number
  readonly model: number
  readonly stepping: number
}

interface ModelRange {
  readonly family: number
  readonly models: readonly [first: number, last: number]
  readonly product: SnpProduct
}

const ranges: readonly ModelRange[] = [
  { family: 0x19, models: [0x00, 0x0f], product: 'Milan' },
  { family: 0x19, models: [0x10, 0x1f], product: 'Genoa' },
  { family: 0x19, models: [0xa0, 0xaf], product: 'Genoa' }, // Bergamo and Siena
  { family: 0x1a, models: [0x00, 0x1f], product: 'Turin' } // with Turin Dense
]

/** The product of a processor, `undefined` for one that is not known here. */
export function productOfCpuid(cpuid: SnpCpuid): SnpProduct | undefined {
  const within = ({ family, models }: ModelRange): boolean =>
    family === cpuid.family && models[0] <= cpuid.model && cpuid.model <= models[1]
  return ranges.find(within)?.product
}
