// Every parser, with what must hold for whatever it accepts.

import { equalBytes, fromHex, toHex } from '../../packages/sdk/src/core/index.js'
import { crypto } from '../../packages/sdk/src/crypto/node/index.js'
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../../packages/sdk/src/encoding/base64.js'
import { parseLenientCbor } from '../../packages/sdk/src/encoding/cbor-lenient.js'
import { DerReader, decodeUtf8, parseCbor, parseJson } from '../../packages/sdk/src/encoding/index.js'
import { parsePem } from '../../packages/sdk/src/encoding/pem.js'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { parseCcelTable, parseEventLog } from '../../packages/sdk/src/evidence/event-log/index.js'
import { identify, parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { parseSnpCertificateTable } from '../../packages/sdk/src/evidence/snp/certificate-table.js'
import { parsePolicy, parseSnpLeaf } from '../../packages/sdk/src/verify/index.js'
import { derOfCrl } from '../../packages/sdk/src/verify/intel/crl-encoding.js'
import { parseSignedCollateral } from '../../packages/sdk/src/verify/intel/signed-collateral.js'
import { parseCertificate } from '../../packages/sdk/src/x509/index.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'
import { type Corpus, utf8 } from './corpus.js'
import { policySeeds } from './policy-seeds.js'
import { require, type Target } from './target.js'
import { walkDer } from './walk-der.js'

const limitMs = 100

export function parserTargets(corpus: Corpus): readonly Target[] {
  const { certificates, crls, pems, cbor, json, wrappers, reports, tables, quotes, eventLogs, signed } = corpus
  const texts = certificates.map((der) => utf8(encodeBase64(der)))
  return [
    parser('der', [...certificates, ...crls], (bytes) => walkDer(DerReader.of(bytes, 'fuzz'))),
    parser('certificate', certificates, (bytes) => {
      require(equalBytes(parseCertificate(bytes).der, bytes), 'a certificate is all of the input')
    }),
    parser('snp-leaf', certificates, (bytes) => parseSnpLeaf(parseCertificate(bytes))),
    parser('certificates', [...pems, ...certificates], parseCertificates),
    parser(
      'spki',
      certificates.map((der) => parseCertificate(der).spki),
      (bytes) => crypto.importSpki(bytes)
    ),
    parser('crl', crls, parseCrl),
    parser('crl-of-a-service', [...crls, ...crls.map((der) => utf8(toHex(der))), ...pems], (bytes) =>
      parseCrl(derOfCrl(bytes))
    ),
    parser('pem', pems, (bytes) => parsePem(bytes)),
    parser('cbor', cbor, (bytes) => parseCbor(bytes, 'fuzz')),
    parser('lenient-cbor', cbor, (bytes) => parseLenientCbor(bytes, 'fuzz', dialect)),
    parser('json', json, checkJson),
    parser('base64', texts, (bytes) => checkText(bytes, decodeBase64, encodeBase64)),
    parser('base64url', texts, (bytes) => checkText(bytes, decodeBase64Url, encodeBase64Url)),
    parser(
      'hex',
      certificates.map((der) => utf8(toHex(der))),
      (bytes) => checkText(bytes, fromHex, toHex)
    ),
    parser('cmw', wrappers, checkWrapper),
    parser('identify', [...wrappers, ...reports, ...quotes, ...certificates.slice(0, 2)], identify),
    parser('snp-report', reports, parseSnpReport),
    parser('certificate-table', tables, parseSnpCertificateTable),
    parser('policy', policySeeds(corpus).map(utf8), (bytes) => parsePolicy(decodeUtf8(bytes) ?? '')),
    parser('quote', quotes, parseQuote),
    parser('event-log', eventLogs, parseEventLog),
    parser('ccel-table', [ccelTable], parseCcelTable),
    parser('signed-collateral', [...signed, ...json], parseSignedCollateral)
  ]
}

const dialect = { allowIndefinite: true, allowLongIntegers: true, allowFloats: true }

/** Of 64 KiB at 0x7e7bb000, for TDX. */
const ccelTable = fromHex(
  '4343454c3800000001e2494e54454c2045444b322020202000000000000000000000000002000000000001000000000000b07b7e00000000'
)

function parser(name: string, seeds: readonly Uint8Array[], run: Target['run']): Target {
  return { name, seeds, limitMs, run }
}

/** Stricter than the platform's parser, never different from it. */
function checkJson(bytes: Uint8Array): void {
  const value = parseJson(bytes, 'fuzz')
  const same =
    JSON.stringify(value) === JSON.stringify(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  require(same, 'an accepted text has the value that JSON.parse gives it')
}

function checkText(
  bytes: Uint8Array,
  decode: (text: string) => Uint8Array,
  encode: (bytes: Uint8Array) => string
): void {
  const text = decodeUtf8(bytes) ?? ''
  require(encode(decode(text)) === text ||
    encode(decode(text)) === text.toLowerCase(), 'there is one text for some bytes')
}

function checkWrapper(bytes: Uint8Array): void {
  const evidence = decodeEvidence(bytes)
  const again = decodeEvidence(encodeEvidence(evidence))
  require(equalBytes(again.bytes, evidence.bytes) && again.kind === evidence.kind, 'evidence survives encoding')
  require(again.endorsements.length === evidence.endorsements.length, 'endorsements survive encoding')
}
