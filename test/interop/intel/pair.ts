// Words for pairs of answers.
import { parseCrl } from '../../../packages/sdk/src/x509/parse-crl.js'
import type { Compared } from './compare.js'

/** We find it genuine; they refuse it with these words. */
export function theyRefuse(words: RegExp): (compared: Compared) => boolean {
  return ({ ours, theirs }) =>
    ours.verdict === 'genuine' && theirs.verdict === 'rejected' && words.test(theirs.error ?? '')
}

/** They find it genuine; we refuse it with one of these codes, and these words. */
export function weRefuse(codes: readonly string[], words = /^/): (compared: Compared) => boolean {
  return ({ ours, theirs }) =>
    theirs.verdict === 'genuine' && codes.includes(ours.code ?? '') && words.test(ours.error ?? '')
}

/** The time of verification is before one of the lists was issued. */
export function isBeforeLists({ subject }: Compared): boolean {
  return listsOf(subject).some(({ thisUpdate }) => subject.now < thisUpdate)
}

/** The time of verification is the last second of one of the lists. */
export function isLastSecondOfLists({ subject }: Compared): boolean {
  return listsOf(subject).some(({ nextUpdate }) => nextUpdate?.getTime() === subject.now.getTime())
}

/** The time of verification is before TCB info or QE identity was issued. */
export function isBeforeIssue({ subject: { platform, now } }: Compared): boolean {
  return [platform.tcbInfo.text, platform.qeIdentity.text]
    .map((text) => /"issueDate":"([^"]+)"/.exec(text)?.[1])
    .some((issued) => issued !== undefined && now < new Date(issued))
}

function listsOf({ platform }: Compared['subject']): readonly ReturnType<typeof parseCrl>[] {
  return [platform.rootCrl, platform.pckCrl].map(parseCrl)
}
