// Whether a period holds, by the clock of whoever inspects.
import type { Remark } from './description.js'

export function validityRemark(notBefore: Date, notAfter: Date, now: Date): readonly Remark[] {
  if (now < notBefore) return [{ tone: 'bad', text: 'not valid yet, by the clock of this machine' }]
  return now > notAfter ? [{ tone: 'bad', text: 'no longer valid, by the clock of this machine' }] : []
}
