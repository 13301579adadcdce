import { expect, it } from 'vitest'
import { describeAddon, reportFor, runAddon } from './addon-program.js'
import { failWith, keyResponse, reportResponse, type SevGuestHandlers, type SevGuestOutcome } from './handlers.js'

const page = 4096
const table = Uint8Array.from({ length: 5000 }, (_, index) => index % 251)

const oneReport = `return attempt(addon.snpReport({ reportData: data(7), vmpl: 1 }).then(hex))`
const oneExtended = (certificatesBytes?: number): string => `
  const answer = await attempt(addon.snpExtendedReport({ reportData: data(7), vmpl: 0, certificatesBytes: ${certificatesBytes} }))
  return answer.report ? { report: hex(answer.report), certificates: hex(answer.certificates) } : answer`

describeAddon('SNP reports through the driver', () => {
  it('carry the data and the VMPL that were asked for', async () => {
    const getReport = (request: Uint8Array): SevGuestOutcome => reportResponse(reportFor(request))
    const report = Buffer.from(String(await run(oneReport, { getReport })), 'hex')
    expect(report.length).toBe(1184)
    expect(report.readUInt32LE(0x30)).toBe(1)
    expect(report.subarray(0x50, 0x90)).toEqual(Buffer.alloc(64, 7))
  })

  it('are as long as the response says', async () => {
    const getReport = (): SevGuestOutcome => reportResponse(new Uint8Array(3968))
    expect(await run(oneReport, { getReport })).toHaveLength(2 * 3968)
    expect(await run(oneReport, { getReport: () => reportResponse(new Uint8Array(8), { size: 0 }) })).toBe('')
  })

  it('are refused when the response says more than it holds', async () => {
    for (const size of [3969, 0xffff_ffff]) {
      const getReport = (): SevGuestOutcome => reportResponse(new Uint8Array(8), { size })
      expect(await run(oneReport, { getReport })).toMatchObject({ code: 'EBADMSG', syscall: 'ioctl' })
    }
  })

  it('are refused when the firmware says so in a call that succeeds', async () => {
    const getReport = (): SevGuestOutcome => reportResponse(new Uint8Array(1184), { status: 0x16 })
    expect(await run(oneReport, { getReport })).toEqual({
      name: 'Error',
      message: 'ERR_FIRMWARE_STATUS: ioctl /dev/sev-guest, SNP_GET_REPORT, status 0x16',
      code: 'ERR_FIRMWARE_STATUS',
      syscall: 'ioctl',
      status: 0x16
    })
  })
})

describeAddon('extended SNP reports', () => {
  it('come with the table in one request, as a rule', async () => {
    const host = hostWith(table)
    const { report, certificates } = Object(await run(oneExtended(), host))
    expect(Buffer.from(report, 'hex').subarray(0x50, 0x90)).toEqual(Buffer.alloc(64, 7))
    expect(Buffer.from(certificates, 'hex').subarray(0, 5000)).toEqual(Buffer.from(table))
    expect(host.lengths).toEqual([0x4000])
  })

  it('are asked for once more, with room for what the host needs', async () => {
    const host = hostWith(table)
    const { certificates } = Object(await run(oneExtended(page), host))
    expect(Buffer.from(certificates, 'hex')).toEqual(Buffer.concat([table], 2 * page))
    expect(host.lengths).toEqual([page, 2 * page])
  })

  it('begin with the size where that is asked for', async () => {
    const host = hostWith(table)
    await run(oneExtended(0), host)
    expect(host.lengths).toEqual([0, 2 * page])
  })

  it('round a size up that is no number of pages', async () => {
    const host = hostWith(table, 5000)
    await run(oneExtended(0), host)
    expect(host.lengths).toEqual([0, 2 * page])
  })

  it.each([0, page, 0x4000])('have no certificates where the host has none (%i bytes of room)', async (room) => {
    const host = hostWith(new Uint8Array(0))
    expect(await run(oneExtended(room), host)).toMatchObject({ certificates: '' })
    expect(host.lengths).toEqual([room])
  })

  it('give up after the second try', async () => {
    const lengths: number[] = []
    const getExtendedReport = (_: Uint8Array, length: number): SevGuestOutcome => {
      lengths.push(length)
      return { ...failWith('EIO', { vmmError: 1 }), certificatesLength: length + page }
    }
    expect(await run(oneExtended(0), { getExtendedReport })).toMatchObject({ code: 'EIO', fwError: 0, vmmError: 1 })
    expect(lengths).toEqual([0, page])
  })

  it.each([0x5000, 0xffff_ffff, 0])('do not try with a length that makes no sense: %i', async (certificatesLength) => {
    let requests = 0
    const getExtendedReport = (): SevGuestOutcome => {
      requests++
      return { ...failWith('EIO', { vmmError: 1 }), certificatesLength }
    }
    expect(await run(oneExtended(page), { getExtendedReport })).toMatchObject({ code: 'EIO', vmmError: 1 })
    expect(requests).toBe(1)
  })

  it('leave a length to the driver that is no number of pages', async () => {
    expect(await run(oneExtended(100), hostWith(table))).toMatchObject({ code: 'EINVAL', fwError: 0xff, vmmError: 0 })
  })

  it('are refused by the status in the response too', async () => {
    const getExtendedReport = (): SevGuestOutcome => reportResponse(new Uint8Array(0), { status: 0x16 })
    expect(await run(oneExtended(), { getExtendedReport })).toMatchObject({ code: 'ERR_FIRMWARE_STATUS', status: 0x16 })
  })
})

describeAddon('SNP derived keys', () => {
  const call = (more = ''): string =>
    `return attempt(addon.snpDerivedKey({ rootKeySelect: 1, guestFieldSelect: 0x2900000000000003n, vmpl: 2, guestSvn: 0xfffffffe,
      tcbVersion: 0xd516000000000a04n ${more} }).then(hex))`

  it('are what the firmware answers, for the message that was meant', async () => {
    const requests: Buffer[] = []
    const getDerivedKey = (request: Uint8Array): SevGuestOutcome => {
      requests.push(Buffer.from(request))
      return keyResponse(Buffer.alloc(32, 0xab))
    }
    expect(await run(call(), { getDerivedKey })).toBe('ab'.repeat(32))
    const expected = '010000000000000003000000000000290200000' + '0feffffff040a0000000016d5'
    expect(requests.map((request) => request.toString('hex'))).toEqual([expected])
  })

  it('are asked for in version 2 of the message when there is a mitigation vector', async () => {
    const requests: Uint8Array[] = []
    const getDerivedKey = (request: Uint8Array): SevGuestOutcome => {
      requests.push(request)
      return keyResponse(Buffer.alloc(32, 1))
    }
    await run(call(', launchMitVector: 5n'), { getDerivedKey })
    expect(requests.map((request) => request.length)).toEqual([40])
    expect(Buffer.from(requests[0] ?? []).readBigUInt64LE(32)).toBe(5n)
  })

  it.each([0x16, 0x27])('are refused with status %i', async (status) => {
    const getDerivedKey = (): SevGuestOutcome => keyResponse(Buffer.alloc(32, 1), status)
    expect(await run(call(), { getDerivedKey })).toMatchObject({ code: 'ERR_FIRMWARE_STATUS', status })
  })
})

describeAddon('a failed request to sev-guest', () => {
  const failures = [
    ['the device is busy', failWith('EBUSY'), { fwError: 0, vmmError: 0 }],
    ['the host throttles', failWith('EAGAIN', { vmmError: 2 }), { fwError: 0, vmmError: 2 }],
    ['a signal comes first', failWith('EINTR'), {}],
    ['the firmware refuses', failWith('EIO', { fwError: 0x16 }), { fwError: 0x16, vmmError: 0 }],
    ['the host refuses', failWith('EIO', { vmmError: 0x8000_0000 }), { fwError: 0, vmmError: 0x8000_0000 }],
    ['the message key is lost', failWith('ENOTTY', { fwError: 0xff }), { fwError: 0xff, vmmError: 0 }],
    ['the kernel has no memory', failWith('ENOMEM'), {}],
    ['a pointer is bad', failWith('EFAULT'), {}],
    ['the kernel gives an errno that no driver gives', failWith('EXDEV'), { code: 'EUNKNOWN' }]
  ] as const

  it.each(failures)('says that %s', async (_, outcome, expected) => {
    const failed = { getReport: () => outcome, getExtendedReport: () => outcome, getDerivedKey: () => outcome }
    const body = `return Promise.all([
      attempt(addon.snpReport({ reportData: data(1), vmpl: 0 })),
      attempt(addon.snpExtendedReport({ reportData: data(1), vmpl: 0 })),
      attempt(addon.snpDerivedKey({ rootKeySelect: 0, guestFieldSelect: 0n, vmpl: 0, guestSvn: 0, tcbVersion: 0n }))])`
    const error = { name: 'Error', errno: -outcome.errno, syscall: 'ioctl', ...expected }
    expect(await run(body, failed)).toEqual([
      expect.objectContaining({
        ...error,
        message: expect.stringContaining('/dev/sev-guest, SNP_GET_REPORT, fw_error')
      }),
      expect.objectContaining(error),
      expect.objectContaining(error)
    ])
  })

  it('does not shine through in the next one', async () => {
    const outcomes: readonly SevGuestOutcome[] = [
      failWith('EIO', { fwError: 3, vmmError: 9 }),
      failWith('EIO'),
      reportResponse(new Uint8Array(1184))
    ]
    let next = 0
    const getReport = (): SevGuestOutcome => outcomes[next++] ?? failWith('EIO')
    const body = `const answers = []
      for (const byte of [1, 2, 3]) answers.push(await attempt(addon.snpReport({ reportData: data(byte), vmpl: 0 })))
      return [answers[0].vmmError, answers[1].vmmError, Object.keys(answers[2]).length]`
    expect(await run(body, { getReport })).toEqual([9, 0, 1184])
  })
})

function run(body: string, sevGuest: SevGuestHandlers): Promise<unknown> {
  return runAddon(body, { sevGuest })
}

/** A host with that table, which says that it needs `needed` bytes when it gets less room. */
function hostWith(certificates: Uint8Array, needed = Math.ceil(certificates.length / page) * page) {
  const lengths: number[] = []
  const getExtendedReport = (request: Uint8Array, length: number): SevGuestOutcome => {
    lengths.push(length)
    if (length < needed) return { ...failWith('EIO', { vmmError: 1 }), certificatesLength: needed }
    return { ...reportResponse(reportFor(request)), certificates }
  }
  return { lengths, getExtendedReport }
}
