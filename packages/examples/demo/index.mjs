// The whole job from end to end, with the commands that a person would type. Needs nothing but the built SDK: no TEE, no network.
// Ends with 0 only where every command ended as it should.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createStage } from './stage.mjs'

const work = mkdtempSync(join(tmpdir(), 'tresor-demo-'))
const simulator = join(import.meta.dirname, '../.tresor/simulator')
const vectors = resolve(process.env.TRESOR_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors'))
const realReport = {
  report: 'snp/genoa/routex-genoa-v5.bin',
  vcek: 'snp/genoa/routex-genoa-v5.vcek.der',
  chain: 'certs/amd-genoa-vcek-chain.pem',
  at: '2026-04-07T05:24:54Z'
}
const nonce = '00112233445566778899aabbccddeeff'.repeat(2)
const otherNonce = 'ff'.repeat(32)
const stage = createStage(work)

mkdirSync(simulator, { recursive: true })
try {
  obtain()
  accept()
  refuse()
  if (existsSync(join(vectors, realReport.report))) judgeRealReport()
  else stage.say('No real report here: set TRESOR_VECTORS to a folder of captures to see one judged.')
} finally {
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = stage.close()

function obtain() {
  stage.title(
    '1. Evidence',
    'A guest proves where it runs, for a nonce that the verifier chose. This machine needs no TEE: the guest is simulated.'
  )
  stage.run(['attest', '--nonce', nonce, '--simulator', simulator, '--out', 'evidence.cmw'], {
    shown: 'attest --nonce $NONCE --simulator DIR --out evidence.cmw'
  })
  stage.run(['inspect', 'evidence.cmw'], { lines: 22 })
}

function accept() {
  stage.title('2. Verified', 'A policy pins what is wanted. Genuine, fresh, and of the wanted image: accepted.')
  const { stdout } = stage.run(['policy', 'from', 'evidence.cmw', '--offline'], {
    shown: 'policy from evidence.cmw > shop.json',
    lines: 0
  })
  writeFileSync(join(work, 'shop.json'), stdout)
  stage.run(['policy', 'check', 'shop.json'])
  stage.run(['verify', 'evidence.cmw', '--policy', 'shop.json', '--nonce', nonce, '--offline'], {
    shown: 'verify evidence.cmw --policy shop.json --nonce $NONCE'
  })
}

function refuse() {
  stage.title(
    '3. Refused',
    'Another image, an old answer, a changed byte: each is refused, with the reason and the next step.'
  )
  const policy = JSON.parse(readFileSync(join(work, 'shop.json'), 'utf8'))
  policy.anyOf[0].measurement = [{ digest: '4c1f90aa'.repeat(12), name: 'shop-api 1.8.2' }]
  writeFileSync(join(work, 'other.json'), JSON.stringify(policy))
  stage.run(['verify', 'evidence.cmw', '--policy', 'other.json', '--nonce', nonce, '--offline'], {
    shown: 'verify evidence.cmw --policy other.json --nonce $NONCE',
    expected: 1,
    code: 'ERR_POLICY_MEASUREMENT'
  })
  stage.run(['verify', 'evidence.cmw', '--policy', 'shop.json', '--nonce', otherNonce, '--offline'], {
    shown: 'verify evidence.cmw --policy shop.json --nonce $ANOTHER_NONCE',
    expected: 1,
    code: 'ERR_POLICY_REPORT_DATA',
    lines: 3
  })
  writeFileSync(join(work, 'changed.cmw'), changeMeasurement(readFileSync(join(work, 'evidence.cmw'))))
  stage.run(['verify', 'changed.cmw', '--policy', 'shop.json', '--nonce', nonce, '--offline'], {
    shown: 'verify changed.cmw --policy shop.json --nonce $NONCE',
    expected: 1,
    code: 'ERR_EVIDENCE_SIGNATURE',
    lines: 3
  })
}

/** One bit of what the report says was measured: 0x90 bytes behind its start, where its version stands. */
function changeMeasurement(cmw) {
  const changed = Buffer.from(cmw)
  const start = changed.indexOf(Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0]))
  changed[start + 0x90] ^= 1
  return changed
}

function judgeRealReport() {
  stage.title(
    '4. A real machine',
    'A report of an AMD processor at work, with the certificates that AMD issued for that chip; no network.'
  )
  takeRealReport()
  const collateral = ['--collateral', 'certs', '--at', realReport.at, '--offline']
  const { stdout } = stage.run(['policy', 'from', 'report.bin', ...collateral], {
    shown: 'policy from report.bin --collateral certs/ > real.json',
    lines: 0
  })
  writeFileSync(join(work, 'real.json'), stdout)
  writeFileSync(join(work, 'newer.json'), stdout.replace(/"microcode": \d+/, '"microcode": 255'))
  const { fields } = JSON.parse(stage.quiet(['inspect', 'report.bin', '--json']))
  const question = ['--report-data', fields['report data'], ...collateral]
  stage.run(['inspect', 'report.bin'])
  stage.run(['verify', 'report.bin', '--policy', 'real.json', ...question], {
    shown: 'verify report.bin --policy real.json --report-data $HEX --collateral certs/'
  })
  stage.run(['verify', 'report.bin', '--policy', 'newer.json', ...question], {
    shown: 'verify report.bin --policy newer.json --report-data $HEX --collateral certs/',
    expected: 1,
    code: 'ERR_POLICY_TCB',
    lines: 4
  })
}

function takeRealReport() {
  mkdirSync(join(work, 'certs'))
  copyFileSync(join(vectors, realReport.report), join(work, 'report.bin'))
  copyFileSync(join(vectors, realReport.vcek), join(work, 'certs/vcek.der'))
  copyFileSync(join(vectors, realReport.chain), join(work, 'certs/chain.pem'))
}
