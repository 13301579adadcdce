// Handlers that answer as a driver of the given world would, with reports and quotes that the fake vendors sign.
import { paddedQuoteBytes } from '../assertions/world.js'
import type { FakeWorld } from '../support/fake-world.js'
import type { TsmAnswer, TsmHandlers, TsmQuestion } from './tsm-backend.js'

const reportDataBytes = 64

export function fakeDriver(fake: FakeWorld): TsmHandlers {
  const answer = fake.world.provider === 'tdx_guest' ? answerTdx : answerSnp
  return {
    report: (question) => (question.bytes.length === reportDataBytes ? answer(fake, question) : { errno: 'EINVAL' })
  }
}

function answerSnp({ amd, world }: FakeWorld, { bytes, privlevel }: TsmQuestion): TsmAnswer {
  const outblob = amd.report(bytes, { vmpl: privlevel })
  return { outblob, auxblob: amd.certificateTable, manifestblob: Buffer.from(world.manifest) }
}

/** The host answers with the quote, and leaves the rest of the buffer as it was: zeros. */
function answerTdx({ intel }: FakeWorld, { bytes }: TsmQuestion): TsmAnswer {
  return { outblob: intel.tdxQuote(bytes, { paddedBytes: paddedQuoteBytes }) }
}
