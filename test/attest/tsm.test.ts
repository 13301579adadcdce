import { expect, test, vi } from 'vitest'
import { readTsmReport, type TsmRequest } from '../../packages/sdk/src/attest/tsm/index.js'
import { type BeforeOperation, echoReport, FakeTsm, failing } from './fake-tsm.js'

const inblob = new Uint8Array(64).map((_, i) => i)
const request: TsmRequest = { provider: 'sev_guest', inblob }

test('asks in a private directory and removes it', async () => {
  const tsm = new FakeTsm({ auxblob: Uint8Array.of(1, 2) })
  const report = await readTsmReport(request, tsm)
  expect(report).toEqual({ outblob: echoReport(inblob), auxblob: Uint8Array.of(1, 2), manifestblob: new Uint8Array(0) })
  expect(tsm.operations).toEqual([
    'mkdir',
    'read provider',
    'read generation',
    'read privlevel_floor',
    'write inblob',
    'read generation',
    'read outblob',
    'read auxblob',
    'read manifestblob',
    'read generation',
    'rmdir'
  ])
  expect(tsm.entries.size).toBe(0)
})

test('takes a kernel without auxblob, and reads a manifest where there is one', async () => {
  const report = await readTsmReport(request, new FakeTsm({ manifestblob: Uint8Array.of(9) }))
  expect(report.auxblob).toHaveLength(0)
  expect(report.manifestblob).toEqual(Uint8Array.of(9))
})

test('writes privlevel before inblob and counts both writes', async () => {
  const answer = vi.fn(echoReport)
  await readTsmReport({ ...request, privlevel: 2 }, new FakeTsm({ privlevelFloor: 2, answer }))
  expect(answer).toHaveBeenCalledWith(inblob, 2)
})

test('asks for the lowest privlevel that the kernel admits when the caller names none', async () => {
  const answer = vi.fn(echoReport)
  await readTsmReport(request, new FakeTsm({ privlevelFloor: 2, answer }))
  expect(answer).toHaveBeenCalledWith(inblob, 2)
})

test('leaves privlevel alone where the driver has none', async () => {
  const tsm = new FakeTsm({ provider: 'tdx_guest', before: failing('read privlevel_floor', 'ENOENT') })
  await readTsmReport({ ...request, provider: 'tdx_guest' }, tsm)
  expect(tsm.operations).not.toContain('write privlevel')
})

test('refuses a privlevel below the floor of this guest', async () => {
  const tsm = new FakeTsm({ privlevelFloor: 2 })
  await expect(readTsmReport({ ...request, privlevel: 1 }, tsm)).rejects.toMatchObject({
    code: 'ERR_DEVICE_REFUSED',
    details: { field: 'privlevel', expected: 'at least 2', actual: '1' }
  })
  expect(tsm.entries.size).toBe(0)
})

test('refuses a guest of another kind', async () => {
  await expect(readTsmReport(request, new FakeTsm({ provider: 'tdx_guest' }))).rejects.toMatchObject({
    code: 'ERR_DEVICE_MISSING',
    details: { expected: 'sev_guest', actual: 'tdx_guest' }
  })
})

test.each(['EBUSY', 'EAGAIN', 'EWOULDBLOCK', 'EINTR', 'ETIMEDOUT'])(
  'tries again after %s, with a longer pause each time',
  async (code) => {
    const tsm = new FakeTsm({ before: failing('read outblob', code, 3) })
    await expect(readTsmReport(request, tsm)).resolves.toMatchObject({ outblob: echoReport(inblob) })
    expect(tsm.pauses).toEqual([25, 50, 100])
    expect(tsm.entries.size).toBe(0)
  }
)

test('gives up when the kernel stays busy', async () => {
  const tsm = new FakeTsm({ before: failing('write inblob', 'EBUSY') })
  await expect(readTsmReport(request, tsm)).rejects.toMatchObject({
    code: 'ERR_DEVICE_BUSY',
    details: { errno: 'EBUSY' }
  })
  expect(tsm.pauses).toHaveLength(7)
  expect(tsm.entries.size).toBe(0)
})

test('takes another name when its own is taken', async () => {
  const tsm = new FakeTsm({ before: failing('mkdir', 'EEXIST', 1) })
  await expect(readTsmReport(request, tsm)).resolves.toBeDefined()
})

function interfering(operation: string, change: number): BeforeOperation {
  let done = false
  return (current, tsm) => {
    if (current !== operation || done) return
    done = true
    for (const entry of tsm.entries.values()) entry.generation += change
  }
}

test('starts again when somebody else wrote before the report was made', async () => {
  const tsm = new FakeTsm({ before: interfering('write inblob', 1) })
  await expect(readTsmReport(request, tsm)).resolves.toMatchObject({ outblob: echoReport(inblob) })
  expect(tsm.pauses).toHaveLength(1)
})

test('starts again when somebody else wrote while the blobs were read', async () => {
  const tsm = new FakeTsm({ before: interfering('read auxblob', 1) })
  await expect(readTsmReport(request, tsm)).resolves.toMatchObject({ outblob: echoReport(inblob) })
  expect(tsm.pauses).toHaveLength(1)
})

test('starts again when the kernel dropped the write', async () => {
  const tsm = new FakeTsm({ before: interfering('write inblob', -1) })
  await expect(readTsmReport(request, tsm)).resolves.toMatchObject({ outblob: echoReport(inblob) })
  expect(tsm.pauses).toHaveLength(1)
})

test('gives up when somebody writes all the time, and says so', async () => {
  const before: BeforeOperation = (operation, tsm) => {
    if (operation === 'read auxblob') for (const entry of tsm.entries.values()) entry.generation++
  }
  await expect(readTsmReport(request, new FakeTsm({ before }))).rejects.toMatchObject({
    code: 'ERR_DEVICE_BUSY',
    details: { field: 'generation', expected: '1', actual: '2' }
  })
})

test.each([
  ['mkdir', 'ENOENT', 'ERR_DEVICE_MISSING', /modprobe sev-guest.*mount -t configfs/],
  ['mkdir', 'ENOTDIR', 'ERR_DEVICE_MISSING', /configfs/],
  ['mkdir', 'ENXIO', 'ERR_DEVICE_MISSING', /modprobe/],
  ['mkdir', 'EACCES', 'ERR_DEVICE_PERMISSION', /as root/],
  ['mkdir', 'EPERM', 'ERR_DEVICE_PERMISSION', /as root/],
  ['mkdir', 'EROFS', 'ERR_DEVICE_PERMISSION', /container/],
  ['mkdir', 'ENOSYS', 'ERR_DEVICE_REFUSED', /dmesg/],
  ['write inblob', 'EACCES', 'ERR_DEVICE_PERMISSION', /0200/],
  ['write inblob', 'EINVAL', 'ERR_DEVICE_REFUSED', /dmesg/],
  ['read outblob', 'ENODEV', 'ERR_DEVICE_MISSING', /modprobe/],
  ['read outblob', 'EIO', 'ERR_DEVICE_REFUSED', /dmesg/],
  ['read outblob', 'ENOTTY', 'ERR_DEVICE_KEY_LOST', /reboot/],
  ['read auxblob', 'EIO', 'ERR_DEVICE_REFUSED', /dmesg/]
] as const)('explains %s that fails with %s as %s', async (operation, code, expected, remedy) => {
  const tsm = new FakeTsm({ before: failing(operation, code) })
  await expect(readTsmReport(request, tsm)).rejects.toMatchObject({
    code: expected,
    details: { errno: code, remedy: expect.stringMatching(remedy) }
  })
  expect(tsm.entries.size).toBe(0)
})

test('does not swallow an error that is no errno', async () => {
  const before = (): void => {
    throw new Error('odd')
  }
  await expect(readTsmReport(request, new FakeTsm({ before }))).rejects.toMatchObject({
    code: 'ERR_DEVICE_REFUSED',
    cause: { message: 'odd' }
  })
})

test.each(['generation', 'privlevel_floor'])('refuses a %s that is no number', async (attribute) => {
  const tsm = new FakeTsm()
  const { read } = tsm.files
  Object.assign(tsm.files, {
    read: (path: string, max: number) => (path.endsWith(attribute) ? new TextEncoder().encode('1e3') : read(path, max))
  })
  await expect(readTsmReport({ ...request, privlevel: 0 }, tsm)).rejects.toMatchObject({
    code: 'ERR_DEVICE_RESPONSE',
    details: { field: attribute }
  })
})

test('gives the answer and warns when its directory cannot be removed', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const tsm = new FakeTsm({ before: failing('rmdir', 'EBUSY') })
  await expect(readTsmReport(request, tsm)).resolves.toMatchObject({ outblob: echoReport(inblob) })
  expect(warn).toHaveBeenCalledWith(
    expect.stringContaining('entry-0'),
    expect.objectContaining({ code: 'TRESOR_TSM_LEFTOVER' })
  )
  warn.mockRestore()
})

test('stops trying when the caller aborts', async () => {
  const abort = new AbortController()
  const tsm = new FakeTsm({
    before: (operation) => {
      if (operation !== 'read outblob') return
      abort.abort('enough')
      throw Object.assign(new Error('busy'), { code: 'EBUSY' })
    }
  })
  await expect(readTsmReport({ ...request, signal: abort.signal }, tsm)).rejects.toMatchObject({
    code: 'ERR_ABORTED',
    cause: 'enough'
  })
  expect(tsm.operations.filter((operation) => operation === 'mkdir')).toHaveLength(1)
})
