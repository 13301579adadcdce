// How operations come to a version or a transaction: each of its own, all within one of the caller, or none that changes anything.
import type { ContentWriter, Store, Transaction, View } from '../store/store.js'
import { createFsError, type Subject } from './fs-error.js'
import { Lock } from './lock.js'
import { OpenFiles } from './open-files.js'
import { Change, type ChangeContext, Look } from './scope.js'

export interface Session {
  readonly isReadOnly: boolean
  readonly files: OpenFiles
  readonly now: () => number
  look<T>(work: (look: Look) => Promise<T>): Promise<T>
  /** Resolves when what `work` did is durable; when it throws, nothing of it happened. @throws FsError EROFS */
  change<T>(subject: Subject, work: (change: Change) => Promise<T>): Promise<T>
  /** A new object, to be given to a file. @throws FsError EROFS */
  writeContent(subject: Subject): ContentWriter
  /** For opening files: not every session can. @throws FsError EROFS, and as the store */
  store(): Store
}

export interface SessionContext extends ChangeContext {
  readonly store: Store
}

/** Every operation a transaction of its own. */
export function createSession(context: SessionContext): Session {
  const { store, files } = context
  return {
    isReadOnly: store.isReadOnly,
    files,
    now: context.now,
    look: async (work) => work(new Look(await store.view(), files)),
    change: (subject, work) => {
      if (store.isReadOnly) return Promise.reject(createFsError('EROFS', subject))
      return store.transaction((transaction) => within(new Change(transaction, context, true), work))
    },
    writeContent: (subject) => {
      if (store.isReadOnly) throw createFsError('EROFS', subject)
      return store.writeContent()
    },
    store: () => store
  }
}

/** Everything within one transaction, one operation after the other. Call `settle` when all have ended. */
export interface TransactionSession extends Session {
  settle(): void
}

export function createTransactionSession(transaction: Transaction, context: SessionContext): TransactionSession {
  const change = new Change(transaction, context, false)
  const lock = new Lock()
  let isOver = false
  const assertOpen = (subject: Subject) => {
    if (isOver) throw createFsError('EBADF', subject)
  }
  return {
    isReadOnly: false,
    files: context.files,
    now: context.now,
    look: (work) =>
      lock.run(async () => {
        assertOpen({ syscall: 'transaction' })
        return work(change)
      }),
    change: (subject, work) =>
      lock.run(async () => {
        assertOpen(subject)
        return work(change)
      }),
    writeContent: (subject) => {
      assertOpen(subject)
      return context.store.writeContent()
    },
    store: () => context.store,
    settle: () => {
      isOver = true
      change.settle()
    }
  }
}

/** One version, and no other ever. */
export function createSnapshotSession(view: View, store: Store, now: () => number): Session {
  const files = new OpenFiles({ store: { view: async () => view, writeContent: () => store.writeContent() }, now })
  const look = new Look(view, files)
  return {
    isReadOnly: true,
    files,
    now,
    look: (work) => work(look),
    change: (subject) => Promise.reject(createFsError('EROFS', subject)),
    writeContent: (subject) => {
      throw createFsError('EROFS', subject)
    },
    store: () => store
  }
}

async function within<T>(change: Change, work: (change: Change) => Promise<T>): Promise<T> {
  try {
    const result = await work(change)
    change.settle()
    return result
  } finally {
    change.release()
  }
}
