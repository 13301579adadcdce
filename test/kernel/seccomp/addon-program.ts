// Programs that call the addon on an emulated machine and print what came of it.
import { existsSync } from 'node:fs'
import { addonFile } from '../../native/addon.js'
import type { KernelHandlers } from './handlers.js'
import { describeUnderSupervisor, type RunOptions, runUnderSupervisor } from './run.js'

export interface AddonProgramOptions extends RunOptions {
  /** Another build of the addon. */
  readonly addon?: string
}

/** A suite that needs both the addon and the supervisor. */
export function describeAddon(name: string, body: () => void): void {
  const missing = existsSync(addonFile) ? '' : ' (skipped: the addon is not built; run: node packages/native/build.mjs)'
  describeUnderSupervisor(name + missing, body, missing !== '')
}

/**
 * What the body of an async function returns, as JSON. At hand are `addon`, `attempt(call)` (the value, or what the error says), `hex(bytes)`
 * and `data(byte)` (64 times that byte).
 */
export async function runAddon(
  body: string,
  handlers: KernelHandlers,
  options: AddonProgramOptions = {}
): Promise<unknown> {
  const result = await runUnderSupervisor(programOf(body, options.addon), handlers, options)
  if (result.code !== 0) throw new Error(`the program ended with ${result.code ?? result.signal}: ${result.stderr}`)
  return JSON.parse(result.stdout)
}

export function programOf(body: string, addon?: string): string {
  const load = addon === undefined ? `await import('@tresor/native')` : `createRequire(import.meta.url)('${addon}')`
  return `
    import { createRequire } from 'node:module'
    const addon = ${load}
    const attempt = (call) => call.catch((error) => ({ name: error.name, message: error.message, ...error }))
    const hex = (bytes) => Buffer.from(bytes).toString('hex')
    const data = (byte) => new Uint8Array(64).fill(byte)
    const main = async () => { ${body} }
    console.log(JSON.stringify(await main()))`
}

/** What stands where a report has its data and its VMPL, so that answers can be told apart. */
export function reportFor(request: Uint8Array): Uint8Array {
  const report = new Uint8Array(1184)
  report.set(request.subarray(64, 68), 0x30)
  report.set(request.subarray(0, 64), 0x50)
  return report
}
