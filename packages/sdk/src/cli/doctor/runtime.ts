// Node itself: its version, and settings that undo what a TEE is for.
import { type Finding, fail, ok, warn } from './finding.js'
import type { Environment, Machine } from './machine.js'

export function examineNode({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  const isNew = major > 20 || (major === 20 && minor >= 19)
  if (!isNew) return fail('node', `Node ${nodeVersion} is too old`, 'install Node 20.19 or newer')
  return ok('node', `Node ${nodeVersion}`)
}

/** What makes a hole, by the option or variable that makes it. */
const hazards: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^--inspect/, 'opens a debugger: whoever reaches it reads all secrets'],
  [/^--tls-keylog/, 'writes the keys of all TLS connections to a file'],
  [/^--heapsnapshot|^--heap-prof|^--cpu-prof/, 'writes memory of this process to files'],
  [/^--report-|^--abort-on-uncaught-exception/, 'writes environment or memory to files after a failure'],
  [
    /^--(require|import|loader|experimental-loader)\b|^-r\b/,
    'loads code before the program: make sure that it is yours'
  ],
  [/^--tls-min-v1\.[01]\b|^--tls-cipher-list/, 'weakens TLS']
]

export function examineOptions({ execArguments }: Machine, env: Environment): readonly Finding[] {
  const options = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArguments].filter((option) => option !== '')
  const findings = options.flatMap((option) => {
    const hazard = hazards.find(([pattern]) => pattern.test(option))
    return hazard === undefined ? [] : [warn('node-options', `${option} ${hazard[1]}`, 'remove it in production')]
  })
  return [...findings, ...examineEnvironment(env)]
}

function examineEnvironment(env: Environment): readonly Finding[] {
  const findings: Finding[] = []
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    const text = 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the verification of TLS certificates'
    findings.push(warn('node-options', text, 'unset it'))
  }
  if (env.SSLKEYLOGFILE !== undefined) {
    findings.push(warn('node-options', 'SSLKEYLOGFILE is set: programs may write TLS keys there', 'unset it'))
  }
  if (env.TRESOR_SIMULATOR === '1') {
    const text = 'TRESOR_SIMULATOR=1: where there is no TEE, evidence is simulated and proves nothing'
    findings.push(warn('simulator', text, 'unset it in production'))
  }
  return findings
}

/** Built in 2026: a clock before that is wrong, and so is every judgement about validity. */
const earliest = Date.parse('2026-01-01T00:00:00Z')
const latest = Date.parse('2066-01-01T00:00:00Z')

export function examineClock(now: Date): Finding {
  const text = `the clock says ${now.toISOString().slice(0, 19)}Z`
  if (now.getTime() >= earliest && now.getTime() < latest) return ok('clock', text)
  return fail('clock', `${text}, which cannot be`, 'set it, and keep it by NTP: validity of certificates depends on it')
}
