import { afterEach, describe, expect, it, vi } from 'vitest'
import { missingParts, skipNote } from './system-parts.js'

describe('parts of the system', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('are missing with a reason and a command that installs each package once', () => {
    vi.stubEnv('PATH', '')
    const missing = missingParts(['fuse3', 'cc', 'cpio'])
    expect(missing).toEqual({
      reason: 'needs fuse3, cc, cpio',
      install: 'apt-get install fuse3 libfuse3-dev pkg-config gcc libc6-dev make cpio'
    })
    expect(skipNote(missing)).toBe(` [skipped: ${missing?.reason}: ${missing?.install}]`)
  })

  it('leave names alone where nothing is missing', () => {
    expect(skipNote(missingParts([]))).toBe('')
  })
})
