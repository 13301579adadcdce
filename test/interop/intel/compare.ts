// Do two verifiers say the same, and if not, is the difference a listed one?
import { type Difference, differences } from './differences.js'
import type { OurAnswer } from './ours.js'
import type { Peer, PeerAnswer } from './peer.js'
import type { Subject } from './subject.js'

export interface Compared {
  readonly peer: Peer['name']
  readonly subject: Subject
  readonly ours: OurAnswer
  readonly theirs: PeerAnswer
}

/** Undefined where they agree; the listed difference; or the sentence to read where there is none. */
export function compare(compared: Compared): Difference | string | undefined {
  if (agree(compared)) return undefined
  return differences[compared.peer].find(({ explains }) => explains(compared)) ?? describe(compared)
}

/** What cannot be decided is not genuine. */
function agree(compared: Compared): boolean {
  const { ours, theirs } = compared
  if (theirs.verdict === 'broken') return false
  if (ours.verdict !== 'genuine') return theirs.verdict !== 'genuine'
  return theirs.verdict === 'genuine' && agreeOnRating(compared)
}

/** go-tdx-guest has no advisories, and no status but that of the first part that is behind. */
function agreeOnRating({ peer, ours, theirs }: Compared): boolean {
  if (peer === 'go-tdx-guest') return (ours.status === 'UpToDate') === (theirs.status === 'UpToDate')
  return ours.status?.toLowerCase() === theirs.status?.toLowerCase() && listOf(ours) === listOf(theirs)
}

function listOf({ advisories = [] }: { readonly advisories?: readonly string[] }): string {
  return [...new Set(advisories)].sort().join()
}

function describe({ peer, subject, ours, theirs }: Compared): string {
  return `${subject.id}\n  ours: ${JSON.stringify(ours)}\n  ${peer}: ${JSON.stringify(theirs)}`
}
