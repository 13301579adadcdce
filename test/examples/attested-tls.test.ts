import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingParts, skipNote } from '../support/system-parts.js'

const folder = join(import.meta.dirname, '../../packages/examples')
const isBuilt = existsSync(join(import.meta.dirname, '../../packages/sdk/dist/tls/fetch/index.js'))
const noPostgres = missingParts(['postgres'])

function runExample(name: string) {
  return spawnSync(process.execPath, [join(folder, name, 'index.mjs')], { encoding: 'utf8', timeout: 60_000 })
}

describe.skipIf(!isBuilt)(`examples of attested TLS${isBuilt ? '' : ' (not built: npm run build)'}`, () => {
  it('attested-https serves the client that pins it, and no other gets through', () => {
    const { status, stdout } = runExample('attested-https')
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^hello from inside: snp [0-9a-f]{96}\nrefused, before anything was sent: ERR_POLICY_MEASUREMENT\n$/
    )
  }, 90_000)

  it.each(['server', 'client'])('attested-https has a %s of less than fifteen lines', (name) => {
    expect(
      readFileSync(join(folder, `attested-https/${name}.mjs`), 'utf8')
        .trimEnd()
        .split('\n').length
    ).toBeLessThan(15)
  })

  it('mutual welcomes the shop, and nobody else', () => {
    const { status, stdout } = runExample('mutual')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^the shop: welcome, [0-9a-f]{8}\n/)
    expect(stdout).toContain('nobody in particular: ERR_POLICY_UNATTESTED')
    expect(stdout).toContain('the bank refused a client: ERR_POLICY_MEASUREMENT')
  }, 90_000)

  it.skipIf(noPostgres !== undefined)(
    `postgres-behind-raw lets pg in, and no client without attestation${skipNote(noPostgres)}`,
    () => {
      const { status, stdout } = runExample('postgres-behind-raw')
      expect(stdout).toBe('hello from PostgreSQL\na client without attestation got nowhere\n')
      expect(status).toBe(0)
    },
    90_000
  )
})
