// The judge in go/: builds it, asks it many questions over one process, and says why it is not there.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toHex } from '../../../packages/sdk/src/core/index.js'

export interface Question {
  readonly report: Uint8Array
  /** DER. */
  readonly certificates: readonly Uint8Array[]
  readonly now: Date
  /** Absent: AMD's own. */
  readonly root?: {
    readonly product: string
    readonly ark: Uint8Array
    /** For VCEKs, and for VLEKs; empty where there is none. */
    readonly ask: Uint8Array
    readonly asvk: Uint8Array
  }
}

export interface Judgement {
  readonly genuine: boolean
  readonly reason: string
}

const directory = join(import.meta.dirname, '../go')
const binary = join(directory, 'bin/judge')

/** Why go-sev-guest cannot be asked here, with the command that helps; undefined where it can. */
export function whatIsMissing(mayDownload: boolean): string | undefined {
  const go = (args: readonly string[]) =>
    spawnSync('go', args, { cwd: directory, encoding: 'utf8', env: mayDownload ? process.env : offline() })
  if (go(['version']).status !== 0) return 'no Go: apt-get install golang-go'
  if (go(['list', '-deps', '.']).status !== 0) return 'no module cache: cd test/interop/go && go mod download'
  return undefined
}

/** @throws where it does not compile */
export function buildJudge(mayDownload: boolean): void {
  const env = mayDownload ? process.env : offline()
  const { status, stderr } = spawnSync('go', ['build', '-o', binary, '.'], { cwd: directory, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`go build: ${stderr}`)
}

/** Answers in the order of the questions. */
export async function askJudge(questions: readonly Question[]): Promise<readonly Judgement[]> {
  const child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers: Judgement[] = []
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, genuine, reason = '' } = JSON.parse(line)
      if (id !== answers.length) throw new Error(`answer ${id} out of order`)
      answers.push({ genuine, reason })
    }
  })()
  for (const [id, question] of questions.entries()) {
    if (!child.stdin.write(`${JSON.stringify({ id, ...encode(question) })}\n`)) {
      await new Promise((resolve) => child.stdin.once('drain', resolve))
    }
  }
  child.stdin.end()
  await reading
  if (answers.length !== questions.length) throw new Error(`${answers.length} answers to ${questions.length} questions`)
  return answers
}

function encode({ report, certificates, now, root }: Question): object {
  return {
    report: toHex(report),
    certificates: certificates.map(toHex),
    now: now.toISOString(),
    root: root && { product: root.product, ark: toHex(root.ark), ask: toHex(root.ask), asvk: toHex(root.asvk) }
  }
}

function offline(): NodeJS.ProcessEnv {
  return { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local' }
}
