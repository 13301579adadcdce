// The fallback for peers that do not speak this protocol: evidence in their certificate, over its key. Weaker than an exchange, and taken
// only by those who say so.
import type { FrameChannel } from './frames.js'
import type { Judge } from './judge.js'
import { requireFreshSession } from './session.js'
import { createVerdict, type Verdict } from './verdict.js'

/**
 * Judges the certificate that the peer of `channel` has shown, and leaves the socket to the protocol above. TLS has proved that the peer
 * holds its key. Before that, not a byte of the socket is read or written. The caller closes the channel on failure.
 * @throws EvidenceError, PolicyError, UnavailableError as `verifyRaTlsCertificate`
 */
export async function attestByCertificate(
  channel: FrameChannel,
  judge: Judge,
  readCertificate: () => Uint8Array
): Promise<Verdict> {
  const { socket } = channel
  requireFreshSession(socket)
  const at = judge.knownKeys.now().wall
  const { appraisal } = await judge.judgeCertificate(readCertificate())
  await channel.release()
  const alpn = typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : 'none'
  return createVerdict(appraisal, { tier: undefined, binding: 'certificate', alpn, at })
}
