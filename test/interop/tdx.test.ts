// Quotes of TDX and SGX before other people's verifiers: the same verdict, status and advisories, or a difference that is listed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasVectors } from '../support/vectors.js'
import { dcapQvl, goTdxGuest, type PeerBuild, peerSkipNote } from './intel/build.js'
import { runCampaign } from './intel/campaign.js'
import { makeFakeSubjects } from './intel/fake-subjects.js'
import { mutate } from './intel/mutations.js'
import { type Peer, startPeer } from './intel/peer.js'
import { makeSignedSubjects } from './intel/signed-subjects.js'
import { isRated, readableFor } from './intel/subject.js'
import { readVectorSubjects } from './intel/vector-subjects.js'

const buildMs = 660_000

describe.each([dcapQvl, goTdxGuest])('$name and we agree', (build: PeerBuild) => {
  const note = peerSkipNote(build)
  let peer: Peer

  beforeAll(() => {
    if (note === '') peer = startPeer(build)
  }, buildMs)
  afterAll(() => peer?.close())

  it.skipIf(note !== '')(`on quotes of our fake Intel, in every version and status${note}`, async () => {
    const { genuine, unlisted } = await runCampaign(peer, readableFor(peer, await makeFakeSubjects()))
    expect(unlisted).toEqual([])
    expect(genuine).toBeGreaterThanOrEqual(10)
  })

  it.skipIf(note !== '')(`on 200 mutations of them${note}`, async () => {
    const subjects = readableFor(peer, await makeFakeSubjects())
    const { unlisted } = await runCampaign(peer, mutate(subjects, 200, 2))
    expect(unlisted).toEqual([])
  })

  it.skipIf(note !== '')(
    `on 200 quotes that it signs with other versions, enclaves and attributes${note}`,
    async () => {
      const { unlisted } = await runCampaign(peer, readableFor(peer, await makeSignedSubjects(200, 4)))
      expect(unlisted).toEqual([])
    }
  )

  const vectorNote = hasVectors ? note : ' [skipped: needs vectors: set TRESOR_VECTORS to their folder]'

  it.skipIf(vectorNote !== '')(`on every real quote${vectorNote}`, async () => {
    const { genuine, unlisted } = await runCampaign(peer, readableFor(peer, readVectorSubjects()))
    expect(unlisted).toEqual([])
    expect(genuine).toBeGreaterThanOrEqual(5)
  })

  it.skipIf(vectorNote !== '')(`on 200 mutations of real quotes${vectorNote}`, async () => {
    const subjects = readableFor(peer, readVectorSubjects()).filter(isRated)
    const { unlisted } = await runCampaign(peer, mutate(subjects, 200, 3))
    expect(unlisted).toEqual([])
  })
})
