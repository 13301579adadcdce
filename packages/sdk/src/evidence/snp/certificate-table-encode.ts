// The inverse of parseSnpCertificateTable, for providers, simulators and tests.
import { concatBytes, EvidenceError, fromHex } from '../../core/index.js'
import type { SnpCertificateEntry } from './certificate-table.js'

const headerBytes = 24

/**
 * A table of these entries, terminated and without padding.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for a malformed GUID
 */
export function encodeSnpCertificateTable(entries: readonly Omit<SnpCertificateEntry, 'name'>[]): Uint8Array {
  let offset = (entries.length + 1) * headerBytes
  const headers = entries.map(({ guid, bytes }) => {
    const header = encodeHeader(guid, offset, bytes.length)
    offset += bytes.length
    return header
  })
  return concatBytes(...headers, new Uint8Array(headerBytes), ...entries.map(({ bytes }) => bytes))
}

function encodeHeader(guid: string, offset: number, length: number): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid)) {
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP certificate table: expected a GUID, found ${guid}`)
  }
  const header = new Uint8Array(headerBytes)
  header.set(fromHex(guid.replaceAll('-', '')))
  const view = new DataView(header.buffer)
  view.setUint32(16, offset, true)
  view.setUint32(20, length, true)
  return header
}
