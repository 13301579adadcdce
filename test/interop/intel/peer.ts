// Another verifier as a process of its own: JSON lines in, JSON lines out (README.md).
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { toHex } from '../../../packages/sdk/src/core/index.js'
import { buildPeer, type PeerBuild } from './build.js'
import { encodePlatform, type Platform, type Subject } from './subject.js'

export interface PeerAnswer {
  /** `broken`: the program gave no verdict, but stopped in the middle. */
  readonly verdict: 'genuine' | 'rejected' | 'broken'
  readonly status?: string
  readonly advisories?: readonly string[]
  readonly error?: string
}

interface Waiting {
  readonly resolve: (answer: PeerAnswer) => void
  readonly reject: (error: Error) => void
}

const maxNames = 256

/** Builds and starts it. */
export function startPeer(build: PeerBuild): Peer {
  buildPeer(build)
  return new Peer(build.name, spawn(build.program, [], { stdio: ['pipe', 'pipe', 'pipe'] }))
}

export class Peer {
  readonly name: PeerBuild['name']
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, Waiting>()
  readonly #names: Platform[] = []
  #nextName = 0
  #drained: Promise<void> | undefined
  #count = 0

  constructor(name: PeerBuild['name'], child: ChildProcessWithoutNullStreams) {
    this.name = name
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line))
    child.stderr.resume()
    child.on('exit', (code) => this.#fail(new Error(`${name}: ended with ${code}`)))
    child.on('error', (error) => this.#fail(error))
    child.stdin.on('error', (error) => this.#fail(error))
  }

  async ask({ quote, now, platform }: Subject): Promise<PeerAnswer> {
    this.#count += 1
    const id = this.#count
    const { name, definition } = this.#nameOf(platform)
    const answer = new Promise<PeerAnswer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const question = { id, with: name, quote: toHex(quote), now: Math.floor(now.getTime() / 1000) }
    const lines = [...definition, question].map((line) => `${JSON.stringify(line)}\n`).join('')
    await this.#write(lines)
    return answer
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }

  /** All who are held up wait for one event. */
  async #write(lines: string): Promise<void> {
    if (this.#child.stdin.write(lines)) return
    this.#drained ??= once(this.#child.stdin, 'drain').then(() => {
      this.#drained = undefined
    })
    await this.#drained
  }

  /** Collateral is much larger than a quote, and the same for many: it is sent once, as long as its name is not needed for another. */
  #nameOf(platform: Platform): { readonly name: string; readonly definition: readonly unknown[] } {
    const known = this.#names.indexOf(platform)
    if (known >= 0) return { name: String(known), definition: [] }
    const slot = this.#nextName
    this.#nextName = (slot + 1) % maxNames
    this.#names[slot] = platform
    return { name: String(slot), definition: [{ define: String(slot), ...encodePlatform(platform) }] }
  }

  #take(line: string): void {
    const { id, ...answer } = JSON.parse(line) as PeerAnswer & { id: number } // our own programs write it
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (waiting === undefined) this.#fail(new Error(`${this.name}: an answer to nothing: ${line}`))
    else waiting.resolve(answer)
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
