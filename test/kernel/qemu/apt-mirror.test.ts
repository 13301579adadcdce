import { describe, expect, it } from 'vitest'
import { formatSource, parseSources } from './apt-mirror.js'

const stanza = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian.gpg
`

describe('the mirror that apt is configured with', () => {
  it('is read from a stanza', () => {
    expect(parseSources('debian.sources', stanza)).toEqual([
      { uri: 'http://mirror.example/debian', signedBy: '/usr/share/keyrings/debian.gpg' }
    ])
  })

  it('is the one of a release, not of its security updates or of others', () => {
    const text = [
      stanza.replace('bookworm bookworm-updates', 'bookworm-security').replace('mirror', 'security'),
      stanza.replace('bookworm bookworm-updates', 'nodistro').replace('mirror', 'other'),
      stanza
    ].join('\n')
    expect(parseSources('all.sources', text).map(({ uri }) => uri)).toEqual(['http://mirror.example/debian'])
  })

  it('is not one that is switched off, or of sources only', () => {
    expect(parseSources('off.sources', `Enabled: no\n${stanza}`)).toEqual([])
    expect(parseSources('src.sources', stanza.replace('Types: deb', 'Types: deb-src'))).toEqual([])
  })

  it('is read from lines', () => {
    const text = `# deb http://old.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/etc/key.gpg] http://mirror.example/debian bookworm main contrib
deb-src http://mirror.example/debian bookworm main
`
    expect(parseSources('debian.list', text)).toEqual([
      { uri: 'http://mirror.example/debian', signedBy: '/etc/key.gpg' }
    ])
  })

  it('keeps a key that stands in the stanza itself', () => {
    const key = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----'
    const [mirror] = parseSources('debian.sources', stanza.replace('/usr/share/keyrings/debian.gpg', `\n ${key}`))
    expect(mirror?.signedBy).toContain('\n abc\n')
  })

  it('is not looked for in files that apt does not read', () => {
    expect(parseSources('debian.sources.disabled', stanza)).toEqual([])
  })

  it('serves another suite under the same key', () => {
    const [mirror] = parseSources('debian.sources', stanza)
    const source = formatSource(mirror ?? { uri: '', signedBy: '' }, 'bookworm-backports')
    expect(source).toBe(
      'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-backports\nComponents: main\n' +
        'Signed-By: /usr/share/keyrings/debian.gpg\n'
    )
  })
})
