// The certification data of a quote: how the verifier finds the PCK certificate that certifies the quoting enclave.
// Intel SGX ECDSA Quote Library Reference (DCAP), appendix A.4 "QE Certification Data".
import type { Reader } from '../../core/index.js'

/** Certification data is a few kilobytes in practice; a larger claim is refused before anything is allocated. */
const maxCertificationBytes = 65_536

/** PPID (clear or encrypted) and the platform's versions: names the PCK certificate, but does not carry it. */
export interface PpidCertification {
  readonly kind: 'ppid'
  /** 1 clear text, 2 encrypted with RSA-2048, 3 encrypted with RSA-3072. */
  readonly type: 1 | 2 | 3
  readonly ppid: Uint8Array
  readonly cpuSvn: Uint8Array
  readonly pceSvn: number
  readonly pceId: number
}

/** PEM of the PCK leaf (type 4) or of its chain (type 5). May end in a NUL, and the order of a chain is not fixed. */
export interface PemCertification {
  readonly kind: 'pem'
  readonly type: 4 | 5
  readonly pem: Uint8Array
}

/** The platform manifest (type 7), which only Intel's registration service can decide. */
export interface ManifestCertification {
  readonly kind: 'manifest'
  readonly type: 7
  readonly manifest: Uint8Array
}

export type Certification = PpidCertification | PemCertification | ManifestCertification

const ppidLengths: Readonly<Record<1 | 2 | 3, number>> = { 1: 16, 2: 256, 3: 384 }

/** Reads `u16 type, u32 size, data`, and nothing after it. */
export function readCertification(reader: Reader): Certification {
  const type = reader.u16le('certification data type')
  const size = readCertificationSize(reader)
  if (type === 1 || type === 2 || type === 3) return readPpid(reader, type, size)
  const data = reader.bytes(size, 'certification data')
  if (type === 4 || type === 5) return { kind: 'pem', type, pem: data }
  if (type === 7) return { kind: 'manifest', type, manifest: data }
  throw reader.fail(`certification data of type ${type} is unknown`, 'certification data type')
}

/** Reads the u32 size of certification data. */
export function readCertificationSize(reader: Reader): number {
  const size = reader.u32le('certification data size')
  if (size > maxCertificationBytes) {
    throw reader.fail(
      `certification data of ${size} bytes, expected at most ${maxCertificationBytes}`,
      'certification data size'
    )
  }
  return size
}

function readPpid(reader: Reader, type: 1 | 2 | 3, size: number): PpidCertification {
  const ppidLength = ppidLengths[type]
  if (size !== ppidLength + 20) {
    throw reader.fail(
      `certification data of type ${type} has ${size} bytes, expected ${ppidLength + 20}`,
      'certification data size'
    )
  }
  return {
    kind: 'ppid',
    type,
    ppid: reader.bytes(ppidLength, 'ppid'),
    cpuSvn: reader.bytes(16, 'cpuSvn'),
    pceSvn: reader.u16le('pceSvn'),
    pceId: reader.u16le('pceId')
  }
}
