// `vault.promises`: all files of a vault, each operation durable when it resolves; and `open`, for handles.
import type { WriteRequest } from './contents.js'
import { VaultFileHandle } from './file-handle.js'
import { type OpenFlags, parseFlags } from './flags.js'
import { openPath } from './open.js'
import { pathText, type VaultPath } from './path.js'
import { VaultFiles } from './promises.js'

/** As node:fs/promises, for what docs/seal.md lists. */
export class VaultPromises extends VaultFiles {
  #lastNumber = 2

  async open(path: VaultPath, flags?: string | number | null, mode?: number | string): Promise<VaultFileHandle> {
    return this.#open(pathText(path), parseFlags(flags, 'r'), mode)
  }

  protected override async readOpened(path: string, flags: OpenFlags): Promise<Buffer> {
    const handle = await this.#open(path, flags, undefined)
    try {
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  }

  protected override async writeOpened(request: WriteRequest, flags: OpenFlags): Promise<void> {
    const { data, encoding, signal } = request
    const handle = await this.#open(request.path, flags, request.mode)
    try {
      await handle.writeFile(data, { encoding: encoding ?? null, ...(signal === undefined ? {} : { signal }) })
    } finally {
      await handle.close()
    }
  }

  async #open(path: string, flags: OpenFlags, mode: number | string | undefined): Promise<VaultFileHandle> {
    const opened = await openPath(this.session, path, flags, mode)
    if (opened.kind === 'file' && flags.truncates && !opened.isNew) await opened.file.truncate(0)
    this.#lastNumber++
    return new VaultFileHandle(this.session, opened, flags, this.#lastNumber)
  }
}
