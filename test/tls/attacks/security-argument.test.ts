// The table of attacks in docs/attested-tls.md names a test for each: those tests must exist, and hold what the table says of them.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)
const page = readFileSync(new URL('docs/attested-tls.md', root), 'utf8')
const [, table = ''] = page.split('| attack | what stops it |')
const rows = table.split('\n').filter((line) => /^\| [A-Z]/.test(line))

/** What is shown elsewhere than in the tests of this room. */
const elsewhere: readonly string[] = ['verify']

describe('the security argument', () => {
  test('has a row for each attack', () => expect(rows.length).toBeGreaterThan(20))

  test.each(rows.map((row) => row.split(' | ')))('%s', (_attack, _rule, shownBy = '') => {
    const files = [...shownBy.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => file)
    if (files.length === 0) expect(elsewhere).toContain(shownBy.replace(/ \|$/, ''))
    for (const file of files) expect(existsSync(new URL(`test/tls/${file}`, root)), file).toBe(true)
  })

  test('names tests that there are', () => {
    for (const [, file = '', words = ''] of table.matchAll(/`(attacks\/[\w/-]+\.test\.ts)`(?:: ([^|;`]+))?/g)) {
      const text = readFileSync(new URL(`test/tls/${file}`, root), 'utf8')
      for (const word of words.trim().split(/, /).filter(Boolean)) expect(text, file).toContain(word)
    }
  })
})
