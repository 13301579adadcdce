// Messages over frames: the one that is due, or an error.

import { errorOfAlert } from './alert.js'
import { type FrameChannel, protocolError } from './frames.js'
import { encodeFrame, type Message, maxMessageBytes, parseMessage } from './messages.js'

type MessageOf<T extends Message['type']> = Extract<Message, { readonly type: T }>

/**
 * Waits for the message that is due.
 * @throws EvidenceError ERR_TLS_PROTOCOL for any other, and what an alert of the peer means
 */
export async function receive<T extends Message['type']>(
  channel: FrameChannel,
  type: T,
  maxBytes: number = maxMessageBytes[type]
): Promise<MessageOf<T>> {
  const message = parseMessage(await channel.read(Math.max(maxBytes, maxMessageBytes.alert)))
  if (message.type === 'alert') throw errorOfAlert(message)
  if (message.type === type) return message as MessageOf<T> // its type was just compared
  throw protocolError(`expected ${type}, found ${message.type}`)
}

/** Sends a message after which it is the peer's turn. */
export function send(channel: FrameChannel, message: Message): Promise<void> {
  return channel.write(encodeFrame(message))
}

/** Sends the last message of ours. */
export function sendLast(channel: FrameChannel, message: Message): Promise<void> {
  return channel.writeLast(encodeFrame(message))
}
