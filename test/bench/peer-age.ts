// age-encryption 0.3.1 beside us, where `npm run bench -- --peers` has installed it, and the age command. Neither is a dependency.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Encrypter {
  addRecipient(recipient: string): void
  encrypt(plaintext: Uint8Array): Promise<Uint8Array>
}

/** Encrypts in memory, or why there is none. */
export async function loadAgeEncryption(
  recipient: string
): Promise<((plaintext: Uint8Array) => Promise<Uint8Array>) | string> {
  const entry = join(process.cwd(), '.cache/peers/node_modules/age-encryption/dist/index.js')
  if (!existsSync(entry)) return 'not installed, run: npm run bench -- seal --peers'
  const peer: { Encrypter: new () => Encrypter } = await import(pathToFileURL(entry).href)
  const encrypter = new peer.Encrypter()
  encrypter.addRecipient(recipient)
  return (plaintext) => encrypter.encrypt(plaintext)
}

/** Encrypts one file into another, or why there is none. */
export function loadAgeCommand(recipient: string): ((from: string, to: string) => void) | string {
  if (spawnSync('age', ['--version']).status !== 0) return 'there is no age command (apt-get install age)'
  return (from, to) => {
    const { status } = spawnSync('age', ['-r', recipient, '-o', to, from], { stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error('bench: age failed')
  }
}
