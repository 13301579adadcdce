import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { verify } from '../../packages/sdk/src/verify/index.js'
import { createFixture, nonce, nonceHex } from './evidence.js'
import { run, simulatorDirectory, temporaryDirectory } from './run.js'

const isGuest = existsSync('/dev/sev-guest') || existsSync('/sys/kernel/config/tsm')
const directory = temporaryDirectory()
const simulated = ['--simulator', simulatorDirectory]
const path = (name: string): string => join(directory, name)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('attest', () => {
  it('writes a CMW that verifies for the nonce', async () => {
    const { policy } = await createFixture(directory)
    const { code, stdout } = await run(['attest', '--nonce', nonceHex, '--out', path('a.cmw'), ...simulated])
    expect(code).toBe(0)
    expect(stdout).toContain('! snp evidence by simulator, SIMULATED: proves nothing')
    expect(stdout).toContain('a.cmw (cbor, ')
    await expect(verify(readFileSync(path('a.cmw')), { policy: policy as never, nonce })).resolves.toMatchObject({
      kind: 'snp'
    })
  })

  it('writes to standard output, and then speaks on standard error', async () => {
    const { stdoutBytes, stderr } = await run(['attest', '--nonce', nonceHex, ...simulated])
    expect(decodeEvidence(stdoutBytes).endorsements).toHaveLength(4)
    expect(stderr).toContain('written to standard output')
  })

  it.each([
    ['json', (bytes: Uint8Array) => decodeEvidence(bytes).kind],
    ['raw', (bytes: Uint8Array) => (parseSnpReport(bytes).version > 1 ? 'snp' : '')]
  ])('writes the format %s', async (format, kindOf) => {
    const { stdoutBytes } = await run(['attest', '--nonce', nonceHex, '--format', format, ...simulated])
    expect(kindOf(stdoutBytes)).toBe('snp')
  })

  it('takes the nonce as raw bytes from a file or from standard input', async () => {
    writeFileSync(path('nonce'), nonce)
    const byFile = await run(['attest', '--nonce-file', path('nonce'), '--format', 'raw', ...simulated])
    const byStdin = await run(['attest', '--nonce-file', '-', '--format', 'raw', ...simulated], { stdin: nonce })
    const byHex = await run(['attest', '--nonce', nonceHex, '--format', 'raw', ...simulated])
    const reportData = ({ stdoutBytes }: typeof byHex) => parseSnpReport(stdoutBytes).reportData
    expect(reportData(byFile)).toEqual(reportData(byHex))
    expect(reportData(byStdin)).toEqual(reportData(byHex))
  })

  it('takes raw report data as it is', async () => {
    const raw = 'ab'.repeat(64)
    const { stdoutBytes } = await run(['attest', '--raw-report-data', raw, '--format', 'raw', ...simulated])
    expect(Buffer.from(parseSnpReport(stdoutBytes).reportData).toString('hex')).toBe(raw)
  })

  it('describes itself as JSON, with the evidence where no file is named', async () => {
    const { json } = await run(['attest', '--nonce', nonceHex, '--json', ...simulated])
    expect(json).toMatchObject({
      kind: 'snp',
      provider: 'simulator',
      simulated: true,
      format: 'cbor',
      out: '-',
      endorsements: 4
    })
    expect(decodeEvidence(new Uint8Array(Buffer.from(json.evidence, 'base64'))).kind).toBe('snp')
    const named = await run(['attest', '--nonce', nonceHex, '--json', '--out', path('b'), ...simulated])
    expect(named.json.evidence).toBeUndefined()
    expect(named.json.bytes).toBe(readFileSync(path('b')).length)
  })

  it('completes evidence that is complete already without asking anybody', async () => {
    const { stdoutBytes } = await run(['attest', '--nonce', nonceHex, '--endorse', '--offline', ...simulated])
    expect(decodeEvidence(stdoutBytes).endorsements).toHaveLength(4)
  })

  it('refuses to write binary to a terminal, before asking for evidence', async () => {
    const { code, stdout, stderr } = await run(['attest', '--nonce', nonceHex], {
      isTerminal: true,
      env: { NO_COLOR: '1' }
    })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('name a file with --out')
  })

  it.each([
    [[], 'expected exactly one of --nonce'],
    [['--nonce', nonceHex, '--raw-report-data', 'ab'.repeat(64)], 'expected exactly one of --nonce'],
    [['--nonce', '00'.repeat(15)], 'hex of 16 to 1024 bytes, found 15 bytes'],
    [['--nonce', 'xyz'], 'hex of 16 to 1024 bytes, found other text'],
    [['--raw-report-data', '00'.repeat(63)], 'hex of 64 bytes, found 63 bytes'],
    [['--nonce-file', '/nowhere'], '/nowhere: does not exist'],
    [['--nonce', nonceHex, '--format', 'pem'], 'one of cbor, json, raw'],
    [['--nonce', nonceHex, '--provider', 'frob'], 'expected one of snp-configfs'],
    [['--nonce', nonceHex, '--provider', 'snp-device', ...simulated], 'exclude each other']
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(['attest', ...args], { columns: 120 })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })

  it('leaves no file behind when the output cannot be written', async () => {
    mkdirSync(path('out'))
    const { code, stderr } = await run(['attest', '--nonce', nonceHex, '--out', path('out'), ...simulated])
    expect(code).toBe(2)
    expect(stderr).toContain('is a directory')
    expect(readdirSync(path('out'))).toEqual([])
  })

  it.skipIf(isGuest)('says what is wrong with an interface that does not work, and ends with 3', async () => {
    const named = await run(['attest', '--nonce', nonceHex, '--provider', 'snp-configfs'])
    expect(named.code).toBe(3)
    expect(named.stderr).toContain('ERR_DEVICE_MISSING')
    vi.stubEnv('TRESOR_SIMULATOR', undefined)
    const any = await run(['attest', '--nonce', nonceHex])
    expect(any.code).toBe(3)
    expect(any.stderr).toContain('ERR_TEE_NOT_FOUND')
  })
})
