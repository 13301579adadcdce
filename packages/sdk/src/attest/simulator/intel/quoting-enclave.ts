// The fake quoting enclaves, one for SGX and one for TDX, as their own reports describe them.
import { createHash, type KeyObject } from 'node:crypto'
import { fromHex } from '../../../core/index.js'
import type { SgxReport } from '../../../evidence/quote/index.js'
import { deriveP256Key } from './p256-key.js'
import type { IntelPlatform } from './platform.js'

export type QeReport = Omit<SgxReport, 'reportData'>

const isvSvns = { sgx: 8, tdx: 6 } as const
const isvProdIds = { sgx: 1, tdx: 2 } as const

/** Initialised, 64 bits, with the provisioning key, no debugger; x87, SSE, AVX, AVX-512 and PKRU. */
const attributes = fromHex('1500000000000000e700000000000000')

export function qeReportOf(tee: 'sgx' | 'tdx', { cpuSvn }: IntelPlatform): QeReport {
  return {
    cpuSvn,
    miscSelect: new Uint8Array(4),
    attributes,
    mrEnclave: sha256(`tresor simulator ${tee} quoting enclave`),
    mrSigner: sha256(`tresor simulator ${tee} quoting enclave signer`),
    configId: new Uint8Array(64),
    isvProdId: isvProdIds[tee],
    isvSvn: isvSvns[tee],
    configSvn: 0,
    isvExtProdId: new Uint8Array(16),
    isvFamilyId: new Uint8Array(16)
  }
}

/** Made once per platform and enclave; the PCK vouches for it. */
export function attestationKeyOf({ secret }: IntelPlatform, tee: 'sgx' | 'tdx'): KeyObject {
  return deriveP256Key(secret, `attestation key ${tee}`)
}

function sha256(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest())
}
