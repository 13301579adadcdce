// Only Node hands out shared memory without ceremony; WebCrypto takes none, so the web door copies it.
import { expect, it } from 'vitest'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { doors } from '../support/crypto-doors.js'
import { createEcSigner } from './keys.js'

it.each(doors)('reads keys, data and signatures in shared memory: $title', async ({ door }) => {
  const signer = await createEcSigner('P-256')
  const data = shared(utf8('what is signed'))
  const key = await door.importSpki(shared(signer.spki))
  const signature = await signer.sign('sha256', data)
  expect(await door.hash('sha256', data)).toEqual(await door.hash('sha256', utf8('what is signed')))
  expect(await door.verifyEcdsa(key, 'sha256', data, shared(signature))).toBe(true)
})

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
