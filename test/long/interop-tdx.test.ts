// 10,000 mutations, and 2,500 quotes signed otherwise, before each of the other verifiers; and a count of every listed difference.
import { describe, expect, it } from 'vitest'
import { dcapQvl, goTdxGuest, peerSkipNote } from '../interop/intel/build.js'
import { runCampaign } from '../interop/intel/campaign.js'
import { differences } from '../interop/intel/differences.js'
import { makeFakeSubjects } from '../interop/intel/fake-subjects.js'
import { mutate } from '../interop/intel/mutations.js'
import { startPeer } from '../interop/intel/peer.js'
import { makeSignedSubjects } from '../interop/intel/signed-subjects.js'
import { isRated, readableFor } from '../interop/intel/subject.js'
import { readVectorSubjects } from '../interop/intel/vector-subjects.js'
import { hasVectors } from '../support/vectors.js'

const mutations = 10_000
const seed = Number(process.env.TRESOR_SEED ?? 1)

describe.each([dcapQvl, goTdxGuest])('$name and we agree', (build) => {
  const note = peerSkipNote(build)

  it.skipIf(note !== '')(
    `on 10,000 mutations, and every listed difference is met${note}`,
    async () => {
      const peer = startPeer(build)
      const subjects = [...(hasVectors ? readVectorSubjects() : []), ...(await makeFakeSubjects())]
      const rated = readableFor(peer, subjects).filter(isRated)
      const plain = await runCampaign(peer, readableFor(peer, subjects))
      const mutated = await runCampaign(peer, mutate(rated, mutations, seed))
      const signed = await runCampaign(peer, readableFor(peer, await makeSignedSubjects(mutations / 4, seed)))
      await peer.close()
      const runs = [plain, mutated, signed]
      for (const { unlisted: _, ...run } of runs) console.log(peer.name, seed, run)
      expect(runs.flatMap(({ unlisted }) => unlisted)).toEqual([])
      const met = new Set(runs.flatMap(({ listed }) => Object.keys(listed)))
      if (hasVectors) expect(differences[peer.name].map(({ id }) => id).filter((id) => !met.has(id))).toEqual([])
    },
    1_800_000
  )
})
