// Guards the test setup itself: the browser project must really be a browser with the web door.
import { describe, expect, it } from 'vitest'
import { doors, platform } from '../support/crypto-doors.js'
import { describeWithVectors, readVectorJson } from '../support/vectors.js'

describe('the platform of this project', () => {
  it('is the one that its door says', () => {
    const isBrowser = typeof document !== 'undefined'
    expect(platform).toBe(isBrowser ? 'browser' : 'node')
    expect(doors.map(({ door }) => door.name)).toEqual(isBrowser ? ['web', 'web'] : ['node', 'web', 'web'])
  })

  it('has WebCrypto, so that the door without it is tested on purpose only', () => {
    expect(globalThis.crypto.subtle).toBeDefined()
  })
})

describeWithVectors('the folder of vectors', () => {
  it('is readable here', () => {
    expect(readVectorJson('manifest.json')).toBeTypeOf('object')
  })
})
