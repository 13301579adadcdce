// The browser project exists only where Chromium does; this is where its absence is said.
import { expect, it } from 'vitest'
import { chromiumMissing, findChromium } from '../support/chromium.js'

const chromium = findChromium()

it.skipIf(chromium === undefined)(
  chromium === undefined
    ? `runs the isomorphic rooms in Chromium (${chromiumMissing})`
    : 'runs the isomorphic rooms in Chromium, as the project named browser',
  () => expect(chromium).toMatch(/chrom/)
)
