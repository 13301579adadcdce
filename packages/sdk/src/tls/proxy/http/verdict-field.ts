// A verdict as a field of HTTP, for programs that cannot ask a socket.
import type { Verdict } from '../../verdict.js'

/** Servers refuse fields that are longer, some of them at 8 KiB. */
const maxBytes = 6144

/** JSON in ASCII on one line. Claims that are too long for a field are left out; kind, TCB and digest are always there. */
export function formatVerdict({ kind, claims, tcb, tier, binding, evidenceDigest, verifiedAt }: Verdict): string {
  const brief = { kind, tier, binding, evidenceDigest, verifiedAt, tcb }
  const whole = toAscii({ ...brief, claims })
  return whole.length <= maxBytes ? whole : toAscii(brief)
}

function toAscii(value: unknown): string {
  return JSON.stringify(value, plain).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
