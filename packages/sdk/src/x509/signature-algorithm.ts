// AlgorithmIdentifiers of signatures: ECDSA (RFC 5758 §3.2), RSASSA-PSS (RFC 4055 §3.1), RSA PKCS #1 v1.5 (RFC 4055 §5).
import type { HashName } from '../crypto/index.js'
import {
  DerReader,
  derExplicit,
  derInteger,
  derNull,
  derOid,
  derSequence,
  derTag,
  explicitTag
} from '../encoding/index.js'
import type { SignatureAlgorithm } from './certificate.js'

const rsaPssOid = '1.2.840.113549.1.1.10'
const mgf1Oid = '1.2.840.113549.1.1.8'

const hashOids: Readonly<Record<HashName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3'
}
const ecdsaOids: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4'
}
const pkcs1Oids: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13'
}

/**
 * Reads the AlgorithmIdentifier of a signature; undefined for one that is not accepted (SHA-1, MGF1 on another hash, unknown).
 * @throws EvidenceError ERR_ENCODING_DER
 */
export function parseSignatureAlgorithm(der: Uint8Array): SignatureAlgorithm | undefined {
  const outer = DerReader.over(der, 'signature algorithm')
  const reader = outer.sequence('AlgorithmIdentifier')
  outer.end()
  const oid = reader.oid('algorithm')
  const algorithm = oid === rsaPssOid ? readPss(reader) : readPlain(oid, reader)
  if (algorithm !== undefined) reader.end()
  return algorithm
}

/** The AlgorithmIdentifier of a signature; for RSASSA-PSS with all but the default trailer field spelled out, as AMD writes it. */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithm): Uint8Array {
  if (algorithm.kind === 'ecdsa') return derSequence(derOid(ecdsaOids[algorithm.hash]))
  if (algorithm.kind === 'rsa-pkcs1') return derSequence(derOid(pkcs1Oids[algorithm.hash]), derNull())
  const hash = derSequence(derOid(hashOids[algorithm.hash]), derNull())
  const parameters = derSequence(
    derExplicit(0, hash),
    derExplicit(1, derSequence(derOid(mgf1Oid), hash)),
    derExplicit(2, derInteger(algorithm.saltLength))
  )
  return derSequence(derOid(rsaPssOid), parameters)
}

/** ECDSA takes no parameters, but a NULL is taken: mbed TLS writes one. PKCS #1 takes NULL. */
function readPlain(oid: string, reader: DerReader): SignatureAlgorithm | undefined {
  const ecdsaHash = hashOf(ecdsaOids, oid)
  if (ecdsaHash !== undefined) return readEcdsa(ecdsaHash, reader)
  const pkcs1Hash = hashOf(pkcs1Oids, oid)
  if (pkcs1Hash === undefined) return undefined
  reader.null('parameters')
  return { kind: 'rsa-pkcs1', hash: pkcs1Hash }
}

function readEcdsa(hash: HashName, reader: DerReader): SignatureAlgorithm {
  if (!reader.atEnd) reader.null('parameters')
  return { kind: 'ecdsa', hash }
}

/** The defaults of the parameters mean SHA-1, so hash and mask must be there. */
function readPss(algorithm: DerReader): SignatureAlgorithm | undefined {
  const reader = algorithm.sequence('RSASSA-PSS-params')
  if (!reader.isNext(explicitTag(0))) return undefined
  const hash = readHash(readExplicit(reader, 0, 'hashAlgorithm'))
  if (!reader.isNext(explicitTag(1))) return undefined
  const mask = readExplicit(reader, 1, 'maskGenAlgorithm')
  const isMgf1 = mask.oid('algorithm') === mgf1Oid
  if (hash === undefined || !isMgf1 || readHash(mask.sequence('parameters')) !== hash) return undefined
  mask.end()
  const saltLength = readDefaultedInteger(reader, 2, 'saltLength', 20)
  const trailerField = readDefaultedInteger(reader, 3, 'trailerField', 1)
  reader.end()
  return trailerField === 1 ? { kind: 'rsa-pss', hash, saltLength } : undefined
}

function readExplicit(reader: DerReader, number: number, field: string): DerReader {
  const wrapper = reader.explicit(number, field)
  const inside = wrapper.sequence(field)
  wrapper.end()
  return inside
}

function readHash(reader: DerReader): HashName | undefined {
  const oid = reader.oid('hash')
  if (reader.isNext(derTag.null)) reader.null('hash parameters')
  reader.end()
  return hashOf(hashOids, oid)
}

/** Some issuers spell the default out, against DER. */
function readDefaultedInteger(reader: DerReader, number: number, field: string, otherwise: number): number {
  if (!reader.isNext(explicitTag(number))) return otherwise
  const wrapper = reader.explicit(number, field)
  const value = wrapper.integer(field, [0, 1024])
  wrapper.end()
  return value
}

function hashOf(oids: Readonly<Record<HashName, string>>, oid: string): HashName | undefined {
  if (oid === oids.sha384) return 'sha384'
  if (oid === oids.sha256) return 'sha256'
  return oid === oids.sha512 ? 'sha512' : undefined
}
