// The process around the command line: its streams, its environment, its exit code.
import { thisMachine } from './doctor/index.js'
import { type Io, type Output, runCli } from './index.js'

const io: Io = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  readStdin,
  env: process.env,
  clock: () => new Date(),
  fetch: (input, init) => globalThis.fetch(input, init), // looked up late: its first touch loads the HTTP client
  machine: thisMachine,
  onSignal: (name, listener) => {
    process.on(name, listener)
    return () => process.off(name, listener)
  }
}

// A reader that went away, as in `tresor … | head`, changes nothing about the verdict.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCli(process.argv.slice(2), io)

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (data) => {
      stream.write(data)
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80
  }
}

async function readStdin(maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of process.stdin) {
    parts.push(part)
    total += part.length
    if (total > maxBytes) break
  }
  return new Uint8Array(Buffer.concat(parts))
}
