// The import law of packages/sdk/src as data. boundaries.test.ts holds the source against it; docs/architecture.md explains it.

export interface Allowance {
  readonly rooms?: readonly string[]
  readonly packages?: readonly string[]
  readonly node?: boolean
}

export interface RoomLaw extends Allowance {
  /** Folders of the room that may import more than the rest of it. */
  readonly doors?: Readonly<Record<string, Allowance>>
  /** Entries of other rooms beside their index. */
  readonly entries?: readonly string[]
}

/** Families that a page need not load stand behind entries of their own: a bundler keeps what an index names together. */
const families = ['evidence/quote', 'evidence/event-log']

export const law: Readonly<Record<string, RoomLaw>> = {
  core: {},
  crypto: {
    rooms: ['core'],
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', 'tweetnacl'],
    doors: { node: { node: true } }
  },
  encoding: { rooms: ['core'], packages: ['cbor-x'] },
  x509: { rooms: ['core', 'encoding', 'crypto'], packages: ['#crypto'] },
  evidence: { rooms: ['core', 'encoding'] },
  verify: {
    rooms: ['core', 'crypto', 'encoding', 'x509', 'evidence'],
    packages: ['#crypto'],
    entries: families,
    doors: { node: { node: true } }
  },
  attest: {
    rooms: ['core', 'encoding', 'evidence', 'x509'],
    entries: families,
    node: true,
    doors: { device: { packages: ['@tresor/native'] } }
  },
  tls: {
    rooms: ['core', 'crypto', 'encoding', 'x509', 'evidence', 'verify', 'attest'],
    packages: ['#crypto'],
    node: true
  },
  testing: {
    rooms: ['core', 'encoding', 'evidence', 'x509', 'attest'],
    entries: [...families, 'attest/simulator', 'attest/simulator/intel'],
    node: true
  },
  cli: {
    rooms: ['core', 'encoding', 'evidence', 'x509', 'attest', 'verify'],
    entries: [...families, 'verify/node'],
    node: true
  }
}

/** Rooms that also run in browsers; their doors named `node` do not. */
export const isomorphicRooms = ['core', 'crypto', 'encoding', 'x509', 'evidence', 'verify']
