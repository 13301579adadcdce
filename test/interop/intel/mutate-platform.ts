// One change to what a quote is verified with: another time, collateral with a flaw, or somebody else's.
import type { Random } from './random.js'
import type { Platform, SignedText, Subject } from './subject.js'

type Edit = (subject: Subject, random: Random, others: readonly Subject[]) => Subject

export const platformEdits: Readonly<Record<string, Edit>> = {
  'another time': (subject, random) => ({ ...subject, now: anotherTime(subject, random) }),
  'character of the TCB info': onPlatform((platform, random) => ({
    ...platform,
    tcbInfo: withOtherText(platform.tcbInfo, random)
  })),
  'character of the QE identity': onPlatform((platform, random) => ({
    ...platform,
    qeIdentity: withOtherText(platform.qeIdentity, random)
  })),
  'signature of the TCB info': onPlatform((platform, random) => ({
    ...platform,
    tcbInfo: withOtherSignature(platform.tcbInfo, random)
  })),
  'signature of the QE identity': onPlatform((platform, random) => ({
    ...platform,
    qeIdentity: withOtherSignature(platform.qeIdentity, random)
  })),
  'bit of the PCK list': onPlatform((platform, random) => ({ ...platform, pckCrl: flipBit(platform.pckCrl, random) })),
  'bit of the root list': onPlatform((platform, random) => ({
    ...platform,
    rootCrl: flipBit(platform.rootCrl, random)
  })),
  "another platform's collateral": (subject, random, others) => ({
    ...subject,
    platform: { ...random.pick(others).platform, root: subject.platform.root, isIntel: subject.platform.isIntel }
  }),
  "another platform's TCB info": fromOther(({ platform }) => ({ tcbInfo: platform.tcbInfo })),
  "another platform's QE identity": fromOther(({ platform }) => ({ qeIdentity: platform.qeIdentity })),
  "another platform's lists": fromOther(({ platform: { rootCrl, pckCrl, pckCrlIssuers } }) => ({
    ...{ rootCrl, pckCrl, pckCrlIssuers }
  }))
}

function onPlatform(edit: (platform: Platform, random: Random) => Platform): Edit {
  return (subject, random) => ({ ...subject, platform: edit(subject.platform, random) })
}

function fromOther(take: (other: Subject) => Partial<Platform>): Edit {
  return (subject, random, others) => ({
    ...subject,
    platform: { ...subject.platform, ...take(random.pick(others)) }
  })
}

const day = 86_400_000

/** Around the ends of the collateral's validity, or years away. */
function anotherTime({ platform, now }: Subject, random: Random): Date {
  const texts = [platform.tcbInfo.text, platform.qeIdentity.text]
  const ends = texts.flatMap((text) => text.match(/(?<="(?:issueDate|nextUpdate)":")[^"]+/g) ?? [])
  const near = ends.map((end) => new Date(end).getTime() + random.pick([-1000, 0, 1000]))
  const far = now.getTime() + (random.below(2 * 1000) - 1000) * day
  return new Date(random.pick([...near, far]))
}

/** A digit or letter for another, so that the text stays JSON more often than not. */
function withOtherText({ text, signature }: SignedText, random: Random): SignedText {
  const at = random.below(text.length)
  return { text: `${text.slice(0, at)}${random.pick([...'019aFx" ,'])}${text.slice(at + 1)}`, signature }
}

function withOtherSignature({ text, signature }: SignedText, random: Random): SignedText {
  const at = random.below(signature.length)
  return {
    text,
    signature: `${signature.slice(0, at)}${random.pick([...'0123456789abcdef'])}${signature.slice(at + 1)}`
  }
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice()
  const at = random.below(out.length)
  out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
  return out
}
