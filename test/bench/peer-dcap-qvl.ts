// @phala/dcap-qvl 0.3.9 beside us, where `npm run bench -- --peers` has installed it. Never a dependency: it is only measured.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import { parseJsonDocument } from '../../packages/sdk/src/encoding/json-document.js'
import { splitSigned } from '../../packages/sdk/src/verify/intel/signed-collateral.js'
import { hasVectors } from '../support/vectors-files.js'
import type { TdxSample } from './tdx-sample.js'

interface Peer {
  verify(quote: Buffer, collateral: Readonly<Record<string, string>>, nowSeconds: number): unknown
}

/** A verification of the same quote with the same collateral, or why there is none. */
export async function loadDcapQvl(sample: TdxSample): Promise<(() => unknown) | string> {
  const entry = join(process.cwd(), '.cache/peers/node_modules/@phala/dcap-qvl/src/index.js')
  if (!hasVectors) return 'it verifies real evidence only, and there are no vectors'
  if (!existsSync(entry)) return 'not installed, run: npm run bench -- verify --peers'
  const peer: Peer = createRequire(import.meta.url)(entry)
  const [quote, collateral] = [Buffer.from(sample.quote), collateralOf(sample)]
  const run = (): unknown => peer.verify(quote, collateral, sample.now.getTime() / 1000)
  await run()
  return run
}

/** The peer takes signed collateral apart beforehand: what is measured leaves that to the caller. */
function collateralOf({ endorsements }: TdxSample): Readonly<Record<string, string>> {
  const [tcbInfo, identity, pckList, rootList] = endorsements.map(({ bytes }) => bytes)
  if (!tcbInfo || !identity || !pckList || !rootList) throw new Error('peer: expected four endorsements')
  return {
    ...partsOf(tcbInfo, 'tcbInfo', 'tcb_info'),
    ...partsOf(identity, 'enclaveIdentity', 'qe_identity'),
    pck_crl: toHex(pckList),
    root_ca_crl: toHex(rootList),
    pck_crl_issuer_chain: ''
  }
}

function partsOf(bytes: Uint8Array, member: string, name: string): Readonly<Record<string, string>> {
  const { pem, json } = splitSigned(bytes)
  const document = parseJsonDocument(json, 'signed collateral')
  return {
    [`${name}_issuer_chain`]: text(pem),
    [name]: text(document.memberBytes(member) ?? utf8('')),
    [`${name}_signature`]: text(document.memberBytes('signature') ?? utf8('')).replaceAll('"', '')
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
