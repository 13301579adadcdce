import { expect, it } from 'vitest'
import { reportResponse } from './handlers.js'
import { describeUnderSupervisor, runUnderSupervisor } from './run.js'

describeUnderSupervisor('x', () => {
  it('gets a report', async () => {
    const r = await runUnderSupervisor(
      `import { snpReport } from '@tresor/native'; const r = await snpReport({ reportData: new Uint8Array(64).fill(7), vmpl: 1 }); console.log(r.length, r[80])`,
      {
        sevGuest: {
          getReport: (request) => {
            const report = new Uint8Array(1184)
            report.set(request.subarray(0, 64), 80)
            return reportResponse(report)
          }
        }
      }
    )
    expect(r).toEqual({ code: 0, signal: null, stdout: '1184 7\n', stderr: '' })
  })
})
