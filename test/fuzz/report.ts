// What a campaign says, and what it leaves behind to reproduce a failure.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CampaignResult, Failure } from './campaign.js'

const folder = '.cache/fuzz'
const shownBytes = 256

export function printResult(name: string, result: CampaignResult): void {
  const { executions, accepted, outcomes, slowestMs, failures } = result
  const numbers = [
    `${executions} executions`.padStart(18),
    `${accepted} accepted`.padStart(16),
    `${outcomes} outcomes`.padStart(13),
    `slowest ${slowestMs.toFixed(1)} ms`
  ]
  console.log(`${failures.length === 0 ? '✓' : '✗'} ${name.padEnd(26)}${numbers.join('  ')}`)
  for (const failure of failures) printFailure(name, failure)
}

export function printFailure(name: string, { reason, input }: Failure): void {
  const path = join(folder, `${name}-${createHash('sha256').update(input).digest('hex').slice(0, 16)}.bin`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, input)
  const hex = Buffer.from(input.subarray(0, shownBytes)).toString('hex')
  console.log(`  ${reason}`)
  console.log(`  input: ${hex}${input.length > shownBytes ? `… (${input.length} bytes)` : ''}`)
  console.log(`  reproduce: npm run fuzz -- --target ${name} --input ${path}`)
}
