// A real TPM 2.0 in software, one process for each, from Debian's package swtpm.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { permanent } from '../../../packages/sdk/src/seal/tpm/command.js'
import { openTpm, type Tpm } from '../../../packages/sdk/src/seal/tpm/tpm.js'
import { missingParts } from '../../support/system-parts.js'

export const missingSwtpm = missingParts(['swtpm'])

export class Swtpm {
  readonly socket: { readonly path: string }
  readonly #folder: string
  #process: ChildProcess | undefined

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'tresor-tpm-'))
    this.socket = { path: join(this.#folder, 'socket') }
  }

  /** Also after `stop`: keys and indexes are kept, PCRs begin anew, as after a reboot. */
  async start(): Promise<this> {
    const state = `dir=${this.#folder}`
    const server = `type=unixio,path=${this.socket.path}`
    this.#process = spawn(
      'swtpm',
      ['socket', '--tpm2', '--tpmstate', state, '--server', server, '--flags', 'not-need-init,startup-clear'],
      { stdio: 'ignore' }
    )
    for (let tries = 0; tries < 500 && !existsSync(this.socket.path); tries++) await delay(10)
    return this
  }

  /** As a power cut: it is not asked to shut down in order. */
  async stop(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    this.#process = undefined
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
    rmSync(this.socket.path, { force: true })
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  open(): Promise<Tpm> {
    return openTpm({ socket: this.socket })
  }

  /** What booting other software does to a PCR. */
  async extend(pcr: number): Promise<void> {
    const tpm = await this.open()
    const digest = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0x0b]), Buffer.alloc(32, 0xaa)])
    await tpm.withSession({ type: 'hmac' }, (session) =>
      tpm.run({ command: 'pcrExtend', handles: [permanent(pcr)], parameters: digest }, { session })
    )
    await tpm.close()
  }
}
