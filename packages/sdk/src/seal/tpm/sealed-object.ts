// Data sealed to a policy over PCRs (part 3, §12.1 Create, §12.2 Load, §12.7 Unseal): the TPM gives it out only while they have those values.
import { concatBytes } from '../../core/index.js'
import { algorithm, objectAttribute } from './constants.js'
import { sized, u16, u32 } from './marshal.js'
import { policyPcr } from './pcr.js'
import { parseResponse } from './response-reader.js'
import type { SaltKey } from './session.js'
import { creationTail, skipCreation } from './storage-primary.js'
import type { Tpm } from './tpm.js'

/** What the TPM gives to be kept elsewhere; only it can read the private half. */
export interface SealedObject {
  readonly publicArea: Uint8Array
  readonly privateArea: Uint8Array
}

export const maxPublicBytes = 256
export const maxPrivateBytes = 512

/** All of the public area but the identifier at its end, which the TPM makes: no password opens it, only the policy. */
export function sealedTemplate(policyDigest: Uint8Array): Uint8Array {
  return concatBytes(
    u16(algorithm.keyedHash),
    u16(algorithm.sha256),
    u32(objectAttribute.fixedTpm | objectAttribute.fixedParent | objectAttribute.noDa),
    sized(policyDigest),
    u16(algorithm.null)
  )
}

export async function sealObject(
  tpm: Tpm,
  primary: SaltKey,
  policyDigest: Uint8Array,
  secret: Uint8Array
): Promise<SealedObject> {
  const sensitive = concatBytes(sized(new Uint8Array(0)), sized(secret))
  const publicArea = concatBytes(sealedTemplate(policyDigest), sized(new Uint8Array(0)))
  const parameters = concatBytes(sized(sensitive), sized(publicArea), creationTail)
  try {
    const answer = await tpm.withSession({ type: 'hmac', saltKey: primary }, (session) =>
      tpm.run({ command: 'create', handles: [primary], parameters }, { session, hides: 'command' })
    )
    return parseResponse(answer.parameters, 'create', (reader) => {
      const object = {
        privateArea: reader.sized(maxPrivateBytes, 'private area'),
        publicArea: reader.sized(maxPublicBytes, 'public area')
      }
      skipCreation(reader)
      return object
    })
  } finally {
    sensitive.fill(0)
    parameters.fill(0)
  }
}

/** The caller wipes the result. @throws TpmRefusal: integrity for an object that was changed, policyFail for other PCRs */
export async function unsealObject(
  tpm: Tpm,
  primary: SaltKey,
  object: SealedObject,
  pcrs: readonly number[]
): Promise<Uint8Array> {
  const loaded = await tpm.withSession({ type: 'hmac', saltKey: primary }, (session) =>
    tpm.run(
      {
        command: 'load',
        handles: [primary],
        parameters: concatBytes(sized(object.privateArea), sized(object.publicArea)),
        answersHandle: true
      },
      { session }
    )
  )
  const name = parseResponse(loaded.parameters, 'load', (reader) => reader.sized(66, 'name'))
  return tpm.withHandle(loaded.handle, () => unseal(tpm, primary, { handle: loaded.handle, name }, pcrs))
}

async function unseal(
  tpm: Tpm,
  primary: SaltKey,
  object: { readonly handle: number; readonly name: Uint8Array },
  pcrs: readonly number[]
): Promise<Uint8Array> {
  return tpm.withSession({ type: 'policy', saltKey: primary }, async (session) => {
    await policyPcr(tpm, session, pcrs)
    const answer = await tpm.run(
      { command: 'unseal', handles: [object], parameters: new Uint8Array(0) },
      { session, hides: 'answer' }
    )
    try {
      return parseResponse(answer.parameters, 'unseal', (reader) => reader.sized(128, 'data'))
    } finally {
      answer.parameters.fill(0)
    }
  })
}
