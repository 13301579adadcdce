// What answers for the emulated configfs-tsm: a server on a unix socket in the test's own process. backend.c describes the
// protocol; `handlers` decide what the driver says and which operations fail.
import { rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { constants } from 'node:os'

export type TsmOperation = 'mkdir' | 'rmdir' | 'read' | 'write' | 'commit' | 'report'
export type ErrnoName = keyof typeof constants.errno

export interface TsmQuestion {
  readonly operation: TsmOperation
  readonly entry: string
  /** `-` for directories and reports. */
  readonly attribute: string
  readonly privlevel: number
  /** What is written, or for a report the inblob. */
  readonly bytes: Uint8Array
}

/** Each field that is left out: nothing happens, nothing there. */
export interface TsmAnswer {
  readonly errno?: ErrnoName
  /** So many writes of somebody else came first. */
  readonly bump?: number
  readonly outblob?: Uint8Array
  readonly auxblob?: Uint8Array
  readonly manifestblob?: Uint8Array
}

export interface TsmHandlers {
  /** The driver makes a report. */
  readonly report: (question: TsmQuestion) => TsmAnswer | Promise<TsmAnswer>
  /** Before any other operation: to fail it, to let another writer come first, or to take long. */
  readonly before?: (question: TsmQuestion) => TsmAnswer | undefined | Promise<TsmAnswer | undefined>
}

export interface TsmBackend {
  readonly path: string
  /** In order of arrival. */
  readonly questions: readonly TsmQuestion[]
  /** What handlers threw: a test that is broken. The program sees EIO. */
  readonly failures: readonly unknown[]
  close(): Promise<void>
}

export async function startTsmBackend(path: string, handlers: TsmHandlers): Promise<TsmBackend> {
  const questions: TsmQuestion[] = []
  const failures: unknown[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy()) // the daemon has gone
    readQuestion(socket, (question) => {
      questions.push(question)
      const noteFailure = (error: unknown): TsmAnswer => {
        failures.push(error)
        return { errno: 'EIO' }
      }
      handle(question, handlers)
        .catch(noteFailure)
        .then((answer) => socket.end(encodeAnswer(answer)))
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return { path, questions, failures, close: () => closeServer(server, path) }
}

function readQuestion(socket: Socket, use: (question: TsmQuestion) => void): void {
  let received = Buffer.alloc(0)
  const listen = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    const question = parseQuestion(received)
    if (question === undefined) return
    socket.off('data', listen)
    use(question)
  }
  socket.on('data', listen)
}

/** Undefined until all of it is there. */
function parseQuestion(received: Buffer): TsmQuestion | undefined {
  const end = received.indexOf('\n')
  if (end < 0) return undefined
  const [operation, entry, attribute, privlevel, length] = received.toString('utf8', 0, end).split(' ')
  const bytes = new Uint8Array(received.subarray(end + 1))
  if (bytes.length < Number(length)) return undefined
  if (entry === undefined || attribute === undefined) throw new Error('tsm-fuse: a question without its fields')
  return { operation: operation as TsmOperation, entry, attribute, privlevel: Number(privlevel), bytes } // backend.c sends no others
}

async function handle(question: TsmQuestion, { report, before }: TsmHandlers): Promise<TsmAnswer> {
  return (await (question.operation === 'report' ? report : before)?.(question)) ?? {}
}

function encodeAnswer({ errno, bump = 0, outblob, auxblob, manifestblob }: TsmAnswer): Buffer {
  const blobs = [outblob, auxblob, manifestblob].map((blob) => blob ?? new Uint8Array(0))
  const code = errno === undefined ? 0 : constants.errno[errno]
  const head = `${code} ${bump} ${blobs.map((blob) => blob.length).join(' ')}\n`
  return Buffer.concat([Buffer.from(head), ...blobs])
}

async function closeServer(server: Server, path: string): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
  await rm(path, { force: true })
}
