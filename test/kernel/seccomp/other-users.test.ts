import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, unprivileged, unprivilegedObstacle } from '../../native/addon.js'
import { describeAddon, reportFor, runAddon } from './addon-program.js'
import { type KernelHandlers, keyResponse, reportResponse } from './handlers.js'
import { findSupervisor } from './supervisor.js'

const handlers: KernelHandlers = {
  sevGuest: {
    getReport: (request) => reportResponse(reportFor(request)),
    getExtendedReport: (request) => ({
      ...reportResponse(reportFor(request)),
      certificates: new Uint8Array(4096).fill(1)
    }),
    getDerivedKey: () => keyResponse(new Uint8Array(32).fill(2))
  },
  tdxGuest: { getReport: () => ({ report: new Uint8Array(1024).fill(3) }) },
  nsm: { request: (bytes) => ({ response: bytes }) },
  vsock: { serve: (stream) => void stream.once('data', () => stream.end(new Uint8Array(4))) }
}

const everyCall = `
  const answers = await Promise.all([
    addon.snpReport({ reportData: data(1), vmpl: 0 }),
    addon.snpExtendedReport({ reportData: data(1), vmpl: 0 }).then(({ certificates }) => certificates),
    addon.snpDerivedKey({ rootKeySelect: 0, guestFieldSelect: 0n, vmpl: 0, guestSvn: 0, tcbVersion: 0n }),
    addon.tdxReport({ reportData: data(1) }),
    addon.nsmRequest({ request: data(1) }),
    addon.vsockRequest({ cid: 2, port: 1, request: data(1), maxResponse: 9, lengthPrefixed: true, timeoutMs: 5000 })
  ])
  return answers.map((bytes) => bytes.length)`

const lengths = [1184, 0x4000, 32, 1024, 64, 4]

describeAddon('every call', () => {
  const supervisor = findSupervisor({ userNamespace: true })
  const reason = 'reason' in supervisor ? ` (skipped: ${supervisor.reason})` : unprivilegedObstacle

  it.skipIf(reason !== '')(`works for a user without privilege, in a user namespace${reason}`, async () => {
    expect(await runAddon(`if (process.getuid() === 0) return 'root'; ${everyCall}`, handlers, unprivileged)).toEqual(
      lengths
    )
  })

  for (const major of ['22', '24']) {
    const platform = `node-${process.platform}-${process.arch}`
    const node = join(root, `.cache/node${major}/node_modules/${platform}/bin/node`)
    const missing = existsSync(node) ? '' : ' (skipped: run: node tools/node-versions.mjs)'
    it.skipIf(missing !== '')(`works in Node ${major}${missing}`, async () => {
      const body = `if (!process.version.startsWith('v${major}.')) return process.version; ${everyCall}`
      expect(await runAddon(body, handlers, { node })).toEqual(lengths)
    })
  }
})
