// The Debian mirror that this machine is configured with, so that a suite which it does not use can be asked for there. Both forms
// of apt's source files are read: deb822 (sources.list(5), *.sources) and one line each (*.list).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface AptMirror {
  readonly uri: string
  /** A keyring or a key, as apt takes it; empty for apt's default. */
  readonly signedBy: string
}

/** Names of releases; not their -updates, -security and -backports, which other mirrors may have. */
const releases = /^(?:bullseye|bookworm|trixie|forky|oldstable|stable|testing|sid|unstable)$/

/** The first mirror of a Debian release below `/etc/apt`, or undefined on another system. */
export function findAptMirror(folder = '/etc/apt'): AptMirror | undefined {
  const parts = existsSync(join(folder, 'sources.list.d')) ? readdirSync(join(folder, 'sources.list.d')).sort() : []
  const files = ['sources.list', ...parts.map((name) => join('sources.list.d', name))]
  return files.flatMap((name) => parseSources(name, readIfThere(join(folder, name))))[0]
}

/** The mirrors that a source file names; `name` tells its form. */
export function parseSources(name: string, text: string): AptMirror[] {
  if (name.endsWith('.sources')) return text.split(/\n\s*\n/).flatMap(parseStanza)
  return name.endsWith('.list') ? text.split('\n').flatMap(parseLine) : []
}

/** A source file for one suite of the mirror. */
export function formatSource({ uri, signedBy }: AptMirror, suite: string): string {
  const key = signedBy === '' ? '' : `Signed-By: ${signedBy}\n`
  return `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n${key}`
}

function parseStanza(stanza: string): AptMirror[] {
  const fields = parseFields(stanza)
  const isDebian = (fields.suites ?? '').split(/\s+/).some((suite) => releases.test(suite))
  const uri = fields.uris?.split(/\s+/)[0]
  if (!isDebian || uri === undefined || !(fields.types ?? '').split(/\s+/).includes('deb') || fields.enabled === 'no')
    return []
  return [{ uri, signedBy: fields['signed-by'] ?? '' }]
}

/** Lines that begin with a space continue the field above. */
function parseFields(stanza: string): Readonly<Record<string, string>> {
  const text = stanza.replaceAll(/^#.*\n?/gm, '').replaceAll(/\n[ \t]/g, '\n ')
  const fields = text.split(/\n(?! )/).flatMap((field) => {
    const colon = field.indexOf(':')
    return colon < 0 ? [] : [[field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim()] as const]
  })
  return Object.fromEntries(fields)
}

function parseLine(line: string): AptMirror[] {
  const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s/.exec(`${line} `)
  if (match === null) return []
  const [, options = '', uri = '', suite = ''] = match
  if (!releases.test(suite)) return []
  return [{ uri, signedBy: /signed-by=(\S+)/.exec(options)?.[1] ?? '' }]
}

function readIfThere(path: string): string {
  return existsSync(path) && (path.endsWith('.list') || path.endsWith('.sources')) ? readFileSync(path, 'utf8') : ''
}
