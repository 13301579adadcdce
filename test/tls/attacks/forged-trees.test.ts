// Genuine evidence over trees that attackers chose: the device signs whatever root the code beside it asks for.
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { encodeEvidence } from '../../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { sha512 } from '../../../packages/sdk/src/tls/digest.js'
import type { ClientOptions } from '../../../packages/sdk/src/tls/index.js'
import { createMerkleTree, type InclusionPath } from '../../../packages/sdk/src/tls/merkle.js'
import { batchReportData } from '../../../packages/sdk/src/tls/transcript.js'
import { policyOf, testProvider, trust } from '../support.js'
import { endAll, expectRefusal, impostorNonce, readHello, sessionOf, startImpostor } from './stage.js'

let provider: EvidenceProvider
let options: ClientOptions

beforeAll(async () => {
  provider = testProvider()
  options = { policy: await policyOf(provider), trust }
})
afterEach(endAll)

/** What is quoted as root, and the way that the client is told leads there. */
interface Forgery extends InclusionPath {
  readonly root: Uint8Array
}

const others = [1, 2, 3].map((fill) => new Uint8Array(64).fill(fill))
const [other = new Uint8Array(64)] = others

describe('a server is refused whose evidence covers', () => {
  const forgeries: readonly [string, string, (leaf: Uint8Array) => Forgery][] = [
    ['a tree without this connection', 'ERR_POLICY_REPORT_DATA', () => pathIn(others, 0)],
    ['this connection, by the path of another', 'ERR_POLICY_REPORT_DATA', (leaf) => pathIn([leaf, ...others], 1)],
    [
      'this connection, at the place of another',
      'ERR_POLICY_REPORT_DATA',
      (leaf) => ({ ...pathIn([leaf, ...others], 0), index: 1 })
    ],
    [
      'this connection, one level too deep',
      'ERR_TLS_BINDING',
      (leaf) => ({ ...pathIn([leaf, ...others], 0), size: 2, index: 0 })
    ],
    [
      'this connection, one level too high',
      'ERR_TLS_BINDING',
      (leaf) => ({ ...pathIn([leaf, other], 0), size: 4, index: 0 })
    ],
    [
      'this connection as an inner node',
      'ERR_POLICY_REPORT_DATA',
      (leaf) => ({ root: nodeOf(leaf, other), index: 0, size: 2, path: [other] })
    ],
    ['this connection as the root', 'ERR_POLICY_REPORT_DATA', (leaf) => ({ root: leaf, index: 0, size: 1, path: [] })],
    [
      'this connection as the hash of a leaf without its prefix',
      'ERR_POLICY_REPORT_DATA',
      (leaf) => ({ root: sha512(leaf), index: 0, size: 1, path: [] })
    ]
  ]
  test.each(forgeries)('%s', async (_, code, forge) => {
    const impostor = await startImpostor(async (peer) => {
      const { nonce } = await readHello(peer)
      const { root, ...inclusion } = forge(sessionOf(peer).leafOf('server', nonce))
      const cmw = encodeEvidence(await provider.collect({ reportData: batchReportData(root) }))
      await peer.send({ type: 'evidence', nonce: impostorNonce, cmw, proof: { kind: 'connection', inclusion } })
    })
    await expectRefusal(impostor, options, code)
  })

  test('the leaf itself, without a tree', async () => {
    const impostor = await startImpostor(async (peer) => {
      const { nonce } = await readHello(peer)
      const cmw = encodeEvidence(await provider.collect({ reportData: sessionOf(peer).leafOf('server', nonce) }))
      const inclusion = { index: 0, size: 1, path: [] }
      await peer.send({ type: 'evidence', nonce: impostorNonce, cmw, proof: { kind: 'connection', inclusion } })
    })
    await expectRefusal(impostor, options, 'ERR_POLICY_REPORT_DATA')
    expect(impostor.lastWords).toHaveLength(1)
  })
})

function pathIn(leaves: readonly Uint8Array[], index: number): Forgery {
  const tree = createMerkleTree(leaves)
  return { root: tree.root, ...tree.pathOf(index) }
}

/** RFC 9162 §2.1.1. */
function nodeOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha512(Uint8Array.of(1, ...left, ...right))
}
