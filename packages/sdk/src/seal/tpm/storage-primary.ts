// The storage primary under which objects are sealed: the ECC P-256 storage root key of TCG's provisioning guidance. The TPM derives it
// from a seed of its owner hierarchy, always the same one until that is cleared, so that nothing has to be kept in the TPM.
import { createHash } from 'node:crypto'
import { concatBytes, equalBytes } from '../../core/index.js'
import { permanent } from './command.js'
import { algorithm, curveP256, handle, objectAttribute } from './constants.js'
import { sized, u16, u32 } from './marshal.js'
import { parseResponse, type ResponseReader } from './response-reader.js'
import type { SaltKey } from './session.js'
import type { Tpm } from './tpm.js'

const { fixedTpm, fixedParent, sensitiveDataOrigin, userWithAuth, noDa, restricted, decrypt } = objectAttribute

/** TPMT_PUBLIC but for the point. */
const template = concatBytes(
  u16(algorithm.ecc),
  u16(algorithm.sha256),
  u32(fixedTpm | fixedParent | sensitiveDataOrigin | userWithAuth | noDa | restricted | decrypt),
  sized(new Uint8Array(0)),
  concatBytes(u16(algorithm.aes), u16(128), u16(algorithm.cfb)),
  u16(algorithm.null),
  u16(curveP256),
  u16(algorithm.null)
)

const noPoint = concatBytes(sized(new Uint8Array(0)), sized(new Uint8Array(0)))
const emptySensitive = sized(concatBytes(sized(new Uint8Array(0)), sized(new Uint8Array(0))))
const noOutsideInfo = sized(new Uint8Array(0))
const noCreationPcrs = u32(0)

/** Parameters behind the public area that creating commands have in common. */
export const creationTail: Uint8Array = concatBytes(noOutsideInfo, noCreationPcrs)

/**
 * Gives `use` the primary, and removes it. `ownerAuth` proves itself by an HMAC and is not sent.
 * @throws UnavailableError ERR_TPM_COMMAND
 */
export async function withPrimary<T>(
  tpm: Tpm,
  ownerAuth: Uint8Array,
  use: (primary: SaltKey) => Promise<T>
): Promise<T> {
  const { handle: key, parameters } = await tpm.withSession({ type: 'hmac' }, (session) =>
    tpm.run(
      {
        command: 'createPrimary',
        handles: [permanent(handle.owner)],
        parameters: concatBytes(emptySensitive, sized(concatBytes(template, noPoint)), creationTail),
        answersHandle: true
      },
      { session, authValue: ownerAuth }
    )
  )
  return tpm.withHandle(key, async () =>
    use({ handle: key, ...parseResponse(parameters, 'createPrimary', readPrimary) })
  )
}

/** Name of an object or index (part 1, §16): its algorithm and the digest of its public area. */
export function nameOf(publicArea: Uint8Array): Uint8Array {
  return concatBytes(u16(algorithm.sha256), createHash('sha256').update(publicArea).digest())
}

function readPrimary(reader: ResponseReader): Pick<SaltKey, 'name' | 'point'> {
  const publicArea = reader.sized(512, 'public area')
  skipCreation(reader)
  const name = reader.sized(66, 'name')
  if (!equalBytes(name, nameOf(publicArea))) throw reader.fail('the name is not that of the public area', 'name')
  return { name, point: parseResponse(publicArea, 'createPrimary', readPoint) }
}

/** The point is on the curve, or the exchange with it fails. */
function readPoint(reader: ResponseReader): SaltKey['point'] {
  if (!equalBytes(reader.bytes(template.length, 'public area'), template)) {
    throw reader.fail('the key is not of the kind that was asked for', 'public area')
  }
  const [x, y] = [reader.sized(32, 'x'), reader.sized(32, 'y')]
  return { x: padPoint(x), y: padPoint(y) }
}

/** Some TPMs leave out zeros in front. */
function padPoint(coordinate: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(32 - coordinate.length), coordinate)
}

/** Creation data, its hash and a ticket, none of which is needed. */
export function skipCreation(reader: ResponseReader): void {
  reader.sized(1024, 'creation data')
  reader.sized(64, 'creation hash')
  reader.expect(0x8021, 2, 'tag of the ticket')
  reader.u32be('hierarchy of the ticket')
  reader.sized(64, 'ticket')
}
