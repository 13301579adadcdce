// Commands and answers of TPM 2.0 (part 1, §18; part 3, §5): header, handles, at most one session, parameters.
import { concatBytes, equalBytes, UnavailableError } from '../../core/index.js'
import { commandCode, responseCode, tag } from './constants.js'
import { TpmRefusal } from './failure.js'
import { sized, u8, u16, u32 } from './marshal.js'
import { parseResponse, type ResponseReader } from './response-reader.js'
import { headerBytes, maxMessageBytes } from './transport.js'

/** A handle and the Name that stands for it under an authorization: of an object, its digest; of anything permanent, the handle. */
export interface NamedHandle {
  readonly handle: number
  readonly name: Uint8Array
}

export interface TpmCommand {
  readonly command: keyof typeof commandCode
  readonly handles: readonly NamedHandle[]
  readonly parameters: Uint8Array
  /** The answer begins with a handle. */
  readonly answersHandle?: boolean
}

/** What a session adds to one command, and takes from its answer. */
export interface Authorization {
  /** The parameters as they are sent, and the authorization area. */
  authorize(
    code: number,
    names: readonly Uint8Array[],
    parameters: Uint8Array
  ): { parameters: Uint8Array; area: Uint8Array }
  /** The parameters as they were meant. @throws UnavailableError ERR_TPM_COMMAND for an answer that was not made by the TPM */
  confirm(code: number, parameters: Uint8Array, area: AnswerArea): Uint8Array
}

export interface AnswerArea {
  readonly nonce: Uint8Array
  readonly attributes: number
  readonly hmac: Uint8Array
}

export interface TpmAnswer {
  /** 0 where the command answers none. */
  readonly handle: number
  readonly parameters: Uint8Array
}

/** A TPM, as far as commands without an authorization go. */
export interface CommandRunner {
  run(command: TpmCommand): Promise<TpmAnswer>
}

export function permanent(handle: number): NamedHandle {
  return { handle, name: u32(handle) }
}

export function encodeCommand(
  { command, handles, parameters }: TpmCommand,
  authorization: Authorization | undefined
): Uint8Array {
  const code = commandCode[command]
  const names = handles.map(({ name }) => name)
  const sent = authorization?.authorize(code, names, parameters) ?? { parameters, area: undefined }
  const area = sent.area === undefined ? new Uint8Array(0) : concatBytes(u32(sent.area.length), sent.area)
  const body = concatBytes(...handles.map(({ handle }) => u32(handle)), area, sent.parameters)
  return concatBytes(
    u16(authorization === undefined ? tag.noSessions : tag.sessions),
    u32(headerBytes + body.length),
    u32(code),
    body
  )
}

export function encodeSessionArea(handle: number, nonce: Uint8Array, attributes: number, hmac: Uint8Array): Uint8Array {
  return concatBytes(u32(handle), sized(nonce), u8(attributes), sized(hmac))
}

/** @throws UnavailableError ERR_TPM_COMMAND; as TpmRefusal where the TPM says no */
export function parseAnswer(
  bytes: Uint8Array,
  command: TpmCommand,
  authorization: Authorization | undefined
): TpmAnswer {
  if (bytes.length > maxMessageBytes) {
    throw new UnavailableError('ERR_TPM_COMMAND', `TPM: an answer of ${bytes.length} bytes is none`)
  }
  const { handle, parameters, area } = parseResponse(bytes, command.command, (reader) =>
    readAnswer(reader, bytes.length, command, authorization !== undefined)
  )
  const meant =
    authorization === undefined || area === undefined
      ? parameters
      : authorization.confirm(commandCode[command.command], parameters, area)
  return { handle, parameters: meant }
}

interface RawAnswer extends TpmAnswer {
  readonly area?: AnswerArea
}

function readAnswer(reader: ResponseReader, length: number, command: TpmCommand, hasSession: boolean): RawAnswer {
  const found = reader.u16be('tag')
  const size = reader.u32be('size')
  if (size !== length) throw reader.fail(`size: expected ${length}, found ${size}`, 'size')
  const code = reader.u32be('response code')
  if (code !== responseCode.success) throw new TpmRefusal(command.command, code)
  if (found !== (hasSession ? tag.sessions : tag.noSessions)) throw reader.fail('tag: not that of the command', 'tag')
  const handle = command.answersHandle === true ? reader.u32be('handle') : 0
  if (!hasSession) return { handle, parameters: reader.bytes(reader.remaining, 'parameters') }
  const parameters = reader.bytes(reader.u32be('parameter size'), 'parameters')
  const area = { nonce: reader.sized(64, 'nonce'), attributes: reader.u8('attributes'), hmac: reader.sized(64, 'HMAC') }
  return { handle, parameters, area }
}

/** @throws UnavailableError ERR_TPM_COMMAND */
export function assertHmac(expected: Uint8Array, found: Uint8Array): void {
  if (equalBytes(expected, found)) return
  throw new UnavailableError('ERR_TPM_COMMAND', 'TPM: the answer is not authentic: something between changed it')
}
