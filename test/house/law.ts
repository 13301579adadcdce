// The import law of packages/sdk/src as data. boundaries.test.ts holds the source against it; docs/architecture.md explains it.

export interface Allowance {
  readonly rooms?: readonly string[]
  readonly packages?: readonly string[]
  readonly node?: boolean
}

export interface RoomLaw extends Allowance {
  /** Folders of the room that may import more than the rest of it. */
  readonly doors?: Readonly<Record<string, Allowance>>
  /**
   * Files or folders beside the index that others may import from: what a page need not load, or not at once. A bundler keeps together
   * what an index names, so such a part is named nowhere else.
   */
  readonly parts?: readonly string[]
  /** Entries of other rooms beside their index and parts. */
  readonly entries?: readonly string[]
}

export const law: Readonly<Record<string, RoomLaw>> = {
  core: {},
  crypto: {
    rooms: ['core', 'encoding'],
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', 'tweetnacl'],
    doors: { node: { node: true } }
  },
  encoding: {
    rooms: ['core'],
    packages: ['cbor-x'],
    parts: ['pem', 'base64', 'json-document', 'cbor-encode', 'cbor-lenient', 'der-big-integer']
  },
  x509: {
    rooms: ['core', 'encoding', 'crypto'],
    packages: ['#crypto'],
    parts: ['crl', 'parse-crl', 'parse-certificates']
  },
  evidence: {
    rooms: ['core', 'encoding'],
    parts: ['quote', 'event-log', 'snp/certificate-table', 'cmw/encode-evidence', 'cmw/decode-evidence']
  },
  verify: {
    rooms: ['core', 'crypto', 'encoding', 'x509', 'evidence'],
    packages: ['#crypto'],
    doors: { node: { node: true } }
  },
  attest: {
    rooms: ['core', 'encoding', 'evidence', 'x509', 'native'],
    node: true
  },
  tls: {
    rooms: ['core', 'crypto', 'encoding', 'x509', 'evidence', 'verify', 'attest'],
    packages: ['#crypto'],
    node: true,
    doors: {
      undici: { packages: ['undici'] },
      fetch: { packages: ['undici'] },
      ws: { packages: ['ws'] },
      ioredis: { packages: ['ioredis'] },
      grpc: { packages: ['@grpc/grpc-js'] }
    }
  },
  native: { rooms: ['core'], packages: ['@tresor/native'], node: true },
  seal: {
    rooms: ['core', 'crypto', 'encoding', 'native'],
    packages: ['#crypto', '#crypto/secret'],
    node: true,
    doors: {
      keys: { packages: ['@scure/base'] },
      'format/age': { packages: ['@noble/post-quantum', '@scure/base'] },
      'backends/postgres': { packages: ['pg'] },
      'backends/s3': { packages: ['@aws-sdk/client-s3'] },
      unstorage: { packages: ['unstorage'] },
      keyv: { packages: ['keyv'] }
    }
  },
  testing: {
    rooms: ['core', 'encoding', 'evidence', 'x509', 'attest'],
    entries: ['attest/simulator', 'attest/simulator/intel'],
    node: true
  },
  cli: {
    rooms: ['core', 'encoding', 'evidence', 'x509', 'attest', 'verify', 'seal', 'tls'],
    entries: ['verify/node', 'tls/proxy'],
    node: true
  }
}

/** Rooms that also run in browsers; their doors named `node` do not. */
export const isomorphicRooms = ['core', 'crypto', 'encoding', 'x509', 'evidence', 'verify']
