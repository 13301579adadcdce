// One change to the PEM in a quote's certification data. No signature covers it: what is accepted here is how lenient a reader is.
import { fromHex, toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import { encodePem, parsePem } from '../../../packages/sdk/src/encoding/pem.js'
import { layoutOf, withCertification } from './layout.js'
import type { Random } from './random.js'

type Edit = (pem: string, random: Random) => string

const edits: Readonly<Record<string, Edit>> = {
  'PEM without NUL': (pem) => pem.replace(/\0+$/, ''),
  'PEM with another NUL': (pem) => `${pem}\0`,
  'PEM with a line behind': (pem) => `${pem.replace(/\0+$/, '')}\n`,
  'PEM with CRLF': (pem) => pem.replaceAll('\n', '\r\n'),
  'PEM with text between': (pem) => pem.replaceAll(/(-----END CERTIFICATE-----\n)/g, '$1between\n'),
  'PEM with spaces at the ends of lines': (pem) => pem.replaceAll('\n', ' \n'),
  'PEM in one line': (pem) => inOrder(pem, (list) => list, 100_000),
  'PEM with the CA last': (pem) => inOrder(pem, ([leaf, ca, root]) => [leaf, root, ca]),
  'PEM with the leaf last': (pem) => inOrder(pem, ([leaf, ca, root]) => [root, ca, leaf]),
  'PEM without root': (pem) => inOrder(pem, ([leaf, ca]) => [leaf, ca]),
  'PEM without CA': (pem) => inOrder(pem, ([leaf, , root]) => [leaf, root]),
  'PEM with the leaf twice': (pem) => inOrder(pem, ([leaf, ca, root]) => [leaf, leaf, ca, root]),
  'PEM with the root twice': (pem) => inOrder(pem, ([leaf, ca, root]) => [leaf, ca, root, root]),
  'PEM with a root that has expired': (pem) => inOrder(pem, ([leaf, ca, root]) => [leaf, ca, root && expire(root)]),
  'PEM with a damaged root': (pem, random) => {
    const root = pem.lastIndexOf('-----BEGIN')
    return withOtherCharacter(pem, root + 28 + random.below(pem.lastIndexOf('-----END') - root - 29), random)
  },
  'PEM with another character': (pem, random) => withOtherCharacter(pem, random.below(pem.length), random)
}

export const pemEdits: Readonly<Record<string, (quote: Uint8Array, random: Random) => Uint8Array>> = Object.fromEntries(
  Object.entries(edits).map(([name, edit]) => [name, (quote, random) => editPem(quote, (pem) => edit(pem, random))])
)

/** A quote that carries no chain stays as it is. */
function editPem(quote: Uint8Array, edit: (pem: string) => string): Uint8Array {
  const { at, length } = layoutOf(quote).certification
  const pem = new TextDecoder('latin1').decode(quote.subarray(at, at + length))
  return pem.includes('BEGIN CERTIFICATE') ? withCertification(quote, utf8(edit(pem))) : quote
}

function withOtherCharacter(pem: string, at: number, random: Random): string {
  return `${pem.slice(0, at)}${random.pick([...'AZaz09+/'])}${pem.slice(at + 1)}`
}

type Chain = readonly (Uint8Array | undefined)[]

function inOrder(pem: string, arrange: (chain: Chain) => Chain, width = 64): string {
  const chain = arrange(parsePem(utf8(pem), 'CERTIFICATE').map(({ bytes }) => bytes))
  const blocks = chain.flatMap((der) => (der === undefined ? [] : [encodePem('CERTIFICATE', der)]))
  if (width === 64) return `${blocks.join('')}\0`
  return `${blocks.map((block) => block.replaceAll(/([^-])\n(?!-)/g, '$1')).join('')}\0`
}

/** Ends in 2020 what ends before 2050: two UTCTimes one after the other, of which the second gets another year. */
function expire(der: Uint8Array): Uint8Array {
  return fromHex(toHex(der).replace(/(?<=170d(?:3\d){12}5a170d)3\d3\d/, '3230'))
}
