// What sealed storage reads of a hostile disk, and of whatever is where a TPM should be.
import { createECDH, generateKeyPairSync, sign } from 'node:crypto'
import { concatBytes, equalBytes } from '../../packages/sdk/src/core/index.js'
import { parseRecords } from '../../packages/sdk/src/seal/freshness/tpm-records.js'
import { createKeyring, openKeyring } from '../../packages/sdk/src/seal/keyring/index.js'
import { encodeBody, parseKeyring } from '../../packages/sdk/src/seal/keyring/record.js'
import {
  brokerKey,
  createRecoveryKey,
  createUpgradeToken,
  customKey,
  handoffKey,
  type KeySource,
  passphrase,
  recoveryIdentity,
  type Stanza,
  teeKey,
  tpmKey
} from '../../packages/sdk/src/seal/keys/index.js'
import { verifyUpgradeToken } from '../../packages/sdk/src/seal/keys/upgrade-token.js'
import { encodeSelection, readPcrs } from '../../packages/sdk/src/seal/tpm/pcr.js'
import { sealObject, unsealObject } from '../../packages/sdk/src/seal/tpm/sealed-object.js'
import { withPrimary } from '../../packages/sdk/src/seal/tpm/storage-primary.js'
import { Tpm } from '../../packages/sdk/src/seal/tpm/tpm.js'
import { require, type Target } from './target.js'

const limitMs = 500
const storeId = new Uint8Array(16).fill(5)
const context = { storeId, epoch: 1 }
const suite = 'cobblestone-256'
const key = new Uint8Array(32).fill(8)

export async function sealedTargets(): Promise<readonly Target[]> {
  const sources = await makeSources()
  const plain = sources.filter(({ kind }) => kind === 'custom-fuzz')
  const first = await createKeyring({ storeId, suite, keys: plain })
  const keyrings = [first, await first.rotate(), await (await first.rotate()).addSlot(sources[0] ?? nobody)]
  const bytes = keyrings.map((keyring) => keyring.bytes())
  return [
    { name: 'keyring', seeds: bytes, limitMs, run: checkKeyring },
    { name: 'keyring-whole', seeds: bytes, limitMs, run: (input) => openWhole(input, plain, bytes) },
    await stanzaTarget(sources),
    await tokenTarget(),
    { name: 'tpm-answers', seeds: answers(), limitMs, run: askTpm },
    { name: 'tpm-record', seeds: [new Uint8Array(192)], limitMs, run: parseRecords }
  ]
}

const nobody: KeySource = customKey({
  name: 'nobody',
  survival: 'durable',
  wrap: async () => key,
  unwrap: async () => undefined
})

/** What is taken is written in one way only. */
function checkKeyring(input: Uint8Array): void {
  const record = parseKeyring(input, 1)
  require(equalBytes(concatBytes(encodeBody(record), record.link, record.mac), input), 'a keyring has one encoding')
}

/** Nothing but what was made opens. */
async function openWhole(input: Uint8Array, keys: readonly KeySource[], made: readonly Uint8Array[]): Promise<void> {
  const keyring = await openKeyring(input, { storeId, suite, keys })
  keyring.wipe()
  require(made.some((bytes) => equalBytes(bytes, input)), 'a keyring that opens was made by us')
}

/** The sources of every kind, each of which has wrapped `key`. */
async function makeSources(): Promise<readonly KeySource[]> {
  const tee = { kind: 'snp', name: 'fuzz', simulated: false, deriveKey: async () => new Uint8Array(32).fill(9) }
  const veil = async (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x33)
  return [
    recoveryIdentity((await createRecoveryKey()).identity),
    teeKey(tee, { minSvn: 2 }),
    customKey({ name: 'fuzz', survival: 'durable', wrap: veil, unwrap: veil }),
    brokerKey({ name: 'fuzz', wrap: veil, unwrap: veil }),
    passphrase('fuzz', { logN: 14 }),
    handoffKey(tee, { ownerKey: owner.publicKey }),
    tpmKey({ socket: { path: '/nowhere/at/all' }, pcrs: [0] })
  ]
}

/** The input: a byte that chooses the source, the length of the parameters in two, parameters, body. */
async function stanzaTarget(sources: readonly KeySource[]): Promise<Target> {
  const seeds = await Promise.all(
    sources.slice(0, 5).map(async (source, i) => encodeStanza(i, await source.wrap(key, context)))
  )
  return { name: 'stanza', seeds, limitMs, run: (input) => openStanza(sources, input) }
}

function encodeStanza(source: number, { parameters, body }: Stanza): Uint8Array {
  return concatBytes(Uint8Array.of(source, parameters.length >> 8, parameters.length), parameters, body)
}

async function openStanza(sources: readonly KeySource[], input: Uint8Array): Promise<void> {
  const source = sources[(input[0] ?? 0) % sources.length] ?? nobody
  const end = 3 + (((input[1] ?? 0) << 8) | (input[2] ?? 0))
  const stanza = { kind: source.kind, parameters: input.slice(3, end), body: input.slice(end) }
  const opened = await source.unwrap(stanza, context)
  const isBound = !['custom-fuzz', 'broker'].includes(source.kind)
  require(opened === undefined || opened.length === 32, 'a key has 32 bytes')
  require(opened === undefined ||
    !isBound ||
    equalBytes(opened, key), 'a stanza that opens gives the key that was wrapped')
}

const pair = generateKeyPairSync('ed25519')
const owner = {
  publicKey: new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' })),
  sign: (message: Uint8Array) => new Uint8Array(sign(null, message, pair.privateKey))
}

async function tokenTarget(): Promise<Target> {
  const fields = { storeId, recipient: key, commitment: key, image: 'fuzz' }
  const token = await createUpgradeToken(fields, owner.sign)
  const run = (input: Uint8Array): void => {
    verifyUpgradeToken(input, owner.publicKey, storeId)
    require(equalBytes(input, token), 'only what the owner signed is a token')
  }
  return { name: 'upgrade-token', seeds: [token], limitMs, run }
}

function answers(): readonly Uint8Array[] {
  const pcr = concatBytes(new Uint8Array(4), encodeSelection([0]), Uint8Array.of(0, 0, 0, 1, 0, 32), new Uint8Array(32))
  return [
    pcr,
    new Uint8Array(6),
    new Uint8Array(200),
    Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 1, 0, 0)
  ]
}

/** Every answer is the input: bare, or behind a header that fits. */
async function askTpm(input: Uint8Array): Promise<void> {
  const size = new Uint8Array(4)
  new DataView(size.buffer).setUint32(0, input.length + 10)
  for (const tag of [1, 2]) {
    const framed = concatBytes(Uint8Array.of(0x80, tag), size, new Uint8Array(4), input)
    for (const answer of [input, framed]) await askWith(answer)
  }
}

const publicPoint = createECDH('prime256v1').generateKeys()
const point = { x: publicPoint.subarray(1, 33), y: publicPoint.subarray(33) }

async function askWith(answer: Uint8Array): Promise<void> {
  const tpm = new Tpm({ transmit: async () => answer, close: async () => undefined })
  const primary = { handle: 0x8000_0000, name: new Uint8Array(34), point }
  const object = { publicArea: new Uint8Array(1), privateArea: new Uint8Array(1) }
  await refuse(() => readPcrs(tpm, [0]))
  await refuse(() => withPrimary(tpm, new Uint8Array(0), async () => undefined))
  await refuse(() => sealObject(tpm, primary, new Uint8Array(32), key))
  await refuse(() => unsealObject(tpm, primary, object, [0]))
}

/** A TPM that refuses has said nothing wrong; whatever else is thrown goes on. */
async function refuse(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_TPM_COMMAND')) throw error
  }
}
