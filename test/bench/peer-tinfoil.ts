// @tinfoilsh/verifier 1.1.0 beside us, where `npm run bench -- --peers` has installed it. Never a dependency: it is only measured.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { hasVectors } from '../support/vectors-files.js'
import type { Sample } from './sample.js'

interface Peer {
  readonly PredicateType: { readonly SevGuestV2: string }
  verifyAttestation(document: { format: string; body: string }, vcekBase64: string): Promise<unknown>
}

/** A verification of the same report, or why there is none. */
export async function loadPeer({ report, leaf }: Sample): Promise<(() => Promise<unknown>) | string> {
  const entry = join(process.cwd(), '.cache/peers/node_modules/@tinfoilsh/verifier/dist/index.js')
  if (!hasVectors) return 'it verifies real evidence only, and there are no vectors'
  if (!existsSync(entry)) return 'not installed, run: npm run bench -- verify --peers'
  const peer: Peer = await import(pathToFileURL(entry).href)
  const document = { format: peer.PredicateType.SevGuestV2, body: gzipSync(report).toString('base64') }
  const vcek = Buffer.from(leaf.der).toString('base64')
  await peer.verifyAttestation(document, vcek)
  return () => peer.verifyAttestation(document, vcek)
}
