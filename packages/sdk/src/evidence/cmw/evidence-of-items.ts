// Evidence with its endorsements out of the items of one CMW. A record is evidence alone; a collection holds one piece of evidence, and
// endorsements.
import { UnavailableError } from '../../core/index.js'
import { toPrintable } from '../../encoding/index.js'
import type { Evidence } from '../evidence.js'
import { mediaTypes } from '../media-types.js'
import { formatOfMediaType } from '../registry.js'
import { type CmwItem, indicator, malformedCmw } from './item.js'

/**
 * Endorsements are kept as they are, also those of unknown media types: they are hints.
 * @throws EvidenceError ERR_CMW_FORMAT for several pieces of evidence and for none
 * @throws UnavailableError ERR_KIND_UNSUPPORTED for evidence of a media type that is not known
 */
export function evidenceOfItems(items: readonly CmwItem[]): Evidence {
  const [evidence, second] = items.filter(isEvidence)
  if (second !== undefined)
    throw malformedCmw('expected one piece of evidence, found several: they would not be bound together')
  if (evidence === undefined) throw noEvidence(items)
  const format = formatOfMediaType(evidence.mediaType)
  if (format === undefined) throw unsupported(evidence.mediaType)
  const endorsements = items.filter((item) => item !== evidence).map(readEndorsement)
  return { kind: format.kind, bytes: evidence.value, endorsements }
}

/** An item without indicator is what its media type says. */
function isEvidence(item: CmwItem): boolean {
  if (item.indicator !== undefined) return (item.indicator & indicator.evidence) !== 0
  return formatOfMediaType(item.mediaType) !== undefined
}

function readEndorsement(item: CmwItem): Evidence['endorsements'][number] {
  const isEndorsement = item.indicator === indicator.endorsements
  if (!isEndorsement && !(item.indicator === undefined && isKnownEndorsement(item.mediaType))) {
    throw malformedCmw(`${toPrintable(item.label)}: expected evidence or an endorsement`)
  }
  return { mediaType: item.mediaType, bytes: item.value }
}

function isKnownEndorsement(mediaType: string): boolean {
  return mediaType !== mediaTypes.snpReport && (Object.values(mediaTypes) as readonly string[]).includes(mediaType) // widened to compare
}

function noEvidence(items: readonly CmwItem[]): Error {
  const [only] = items
  if (items.length === 1 && only?.indicator === undefined && only !== undefined) return unsupported(only.mediaType)
  return malformedCmw('expected one piece of evidence, found none')
}

function unsupported(mediaType: string): UnavailableError {
  return new UnavailableError(
    'ERR_KIND_UNSUPPORTED',
    `CMW: evidence of type ${toPrintable(mediaType)} is not supported`,
    {
      details: { field: 'type', actual: toPrintable(mediaType) }
    }
  )
}
