// Victims and impostors: what the attacks on attested TLS have in common. Every attack ends with the same two questions: was the
// connection refused with a code, and did any byte of the application pass, at either end?
import type { Server } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { expect } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { Batcher } from '../../../packages/sdk/src/tls/batch.js'
import { createCredentials } from '../../../packages/sdk/src/tls/certificate.js'
import { CertificateKeys } from '../../../packages/sdk/src/tls/certificate-keys.js'
import { type ClientOptions, createClient, type ServerAttestation } from '../../../packages/sdk/src/tls/index.js'
import type { EvidenceMessage, Hello, Message } from '../../../packages/sdk/src/tls/messages.js'
import { createProver, type Proven } from '../../../packages/sdk/src/tls/prover.js'
import { createServer } from '../../../packages/sdk/src/tls/raw/index.js'
import { readSession, type Session } from '../../../packages/sdk/src/tls/session.js'
import { ByHand, host, listen } from '../support.js'

/** The TLS key of the genuine server. Attackers have it too. */
export const stolen = createCredentials(new Date())
export const impostorNonce = new Uint8Array(32).fill(9)

const servers: Server[] = []
const sockets: TLSSocket[] = []

export function endAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
}

/** A genuine server. Its application speaks first. */
export interface Victim {
  readonly port: number
  /** Connections that its application got. */
  readonly released: TLSSocket[]
  readonly refusals: unknown[]
}

export async function startVictim(
  attestation: ServerAttestation,
  options: TlsOptions = {},
  prepare: (server: Server) => void = () => undefined
): Promise<Victim> {
  const victim: Omit<Victim, 'port'> = { released: [], refusals: [] }
  const server = createServer({ ...stolen, ...options, attestation }, (socket) => {
    victim.released.push(socket)
    keep(socket).write('application')
  })
  server.on('attestationError', (error) => victim.refusals.push(error))
  prepare(server)
  return { ...victim, port: await listenTo(server) }
}

/** A server of the attacker: TLS by itself, the rest by `act`. */
export interface Impostor {
  readonly port: number
  /** What each client said after `act` was done, until its end: types of messages. Anything else fails `act`. */
  readonly lastWords: Promise<string[]>[]
}

export async function startImpostor(
  act: (peer: ByHand) => Promise<unknown>,
  options: TlsOptions = stolen
): Promise<Impostor> {
  const lastWords: Promise<string[]>[] = []
  const server = createTlsServer({ ALPNProtocols: ['tresor1+raw'], ...options }, (socket) => {
    const peer = new ByHand(keep(socket))
    const words = act(peer).then(() => lastWordsOf(peer))
    words.catch(() => undefined) // whoever asks for them sees it
    lastWords.push(words)
  })
  return { port: await listenTo(server), lastWords }
}

/** Types of the messages until the end of the connection. Bytes of an application are none, and fail. */
export async function lastWordsOf(peer: ByHand): Promise<string[]> {
  const words: string[] = []
  for (;;) {
    const message = await peer.read().catch(ifClosed)
    if (message === undefined) return words
    words.push(message.type === 'alert' ? `alert ${message.reason}` : message.type)
  }
}

function ifClosed(error: unknown): undefined {
  if (TresorError.is(error) && error.code === 'ERR_TLS_CLOSED') return undefined
  throw error
}

/** The code with which a client refuses the server at `port`. */
export async function codeOfConnecting(port: number, options: ClientOptions): Promise<string> {
  try {
    keep(await createClient(options).connect({ host, port, protocols: ['raw'] }))
    return 'accepted'
  } catch (error) {
    if (TresorError.is(error)) return error.code
    throw error
  }
}

/** Refused by the client with `code`, who then said no word but why. */
export async function expectRefusal(impostor: Impostor, options: ClientOptions, code: string): Promise<void> {
  expect(await codeOfConnecting(impostor.port, options)).toBe(code)
  for (const words of impostor.lastWords) expect((await words).filter((word) => !word.startsWith('alert'))).toEqual([])
}

export async function readHello(peer: ByHand): Promise<Hello> {
  return expectType(await peer.read(), 'hello')
}

export async function readEvidence(peer: ByHand): Promise<EvidenceMessage> {
  return expectType(await peer.read(), 'evidence')
}

export function expectType<T extends Message['type']>(
  message: Message,
  type: T
): Extract<Message, { readonly type: T }> {
  if (message.type === type) return message as Extract<Message, { readonly type: T }> // its type was just compared
  throw new Error(`expected ${type}, found ${JSON.stringify(message)}`)
}

const certificateKeys = new CertificateKeys()

/** The session at the server's end, with the certificate of the attacker or the stolen one. */
export function sessionOf(peer: ByHand): Session {
  return readSession(peer.socket, () => keyOf(peer))
}

/** As the transcript names the key of the certificate at this end. */
export function keyOf({ socket }: ByHand): Uint8Array {
  return certificateKeys.find(socket.getX509Certificate() ?? fail()).keyHash
}

/** Evidence in tier `perConnection` for any leaf: what code that runs in an accepted TEE could ask its device for. */
export function proveLeaf(provider: EvidenceProvider, leaf: Uint8Array): Promise<Proven> {
  const prover = createProver(new Batcher(provider), ['perConnection'])
  const wait = { signal: new AbortController().signal }
  return prover.prove({ role: 'server', tier: 'perConnection', leaf, nonce: leaf.slice(0, 32), knowsKey: false, wait })
}

export async function listenTo(server: Server): Promise<number> {
  servers.push(server)
  server.on('tlsClientError', () => undefined)
  return listen(server)
}

export function keep(socket: TLSSocket): TLSSocket {
  sockets.push(socket)
  return socket.on('error', () => undefined)
}

export async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function fail(): never {
  throw new Error('no certificate')
}
