// Handlers that answer as a driver of the given world would, with reports that the fake AMD signs.
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

/** A TDREPORT in form: type, and the report data in its place. */
function answerTdx(_: FakeWorld, { bytes }: TsmQuestion): TsmAnswer {
  const outblob = Uint8Array.from({ length: 1024 }, (_, i) => i & 0xff)
  outblob.set([0x81, 0, 0, 0])
  outblob.set(bytes, 128)
  return { outblob }
}
