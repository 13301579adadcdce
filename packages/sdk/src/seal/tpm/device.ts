// A TPM through the resource manager of the Linux kernel. The path is fixed: nothing in the environment leads elsewhere.
import { open } from 'node:fs/promises'
import { brokenTransport } from './failure.js'
import { maxMessageBytes, type TpmTransport } from './transport.js'

/** Its sessions and objects go when it is closed, also with the process. */
const devicePath = '/dev/tpmrm0'

/** What of a file is used: for tests without a TPM. */
export interface DeviceFile {
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>
  read(target: Uint8Array): Promise<{ readonly bytesRead: number }>
  close(): Promise<void>
}

/** @throws UnavailableError ERR_TPM_COMMAND */
export async function openDevice(openFile: (path: string) => Promise<DeviceFile> = openForBoth): Promise<TpmTransport> {
  const file = await guard(() => openFile(devicePath))
  return {
    transmit: (command) => guard(() => exchange(file, command)),
    close: () => file.close()
  }
}

/** The kernel takes a command in one write, and has the answer for one read. */
async function exchange(file: DeviceFile, command: Uint8Array): Promise<Uint8Array> {
  const { bytesWritten } = await file.write(command)
  if (bytesWritten !== command.length) throw new Error('the command was cut')
  const answer = new Uint8Array(maxMessageBytes)
  const { bytesRead } = await file.read(answer)
  return answer.slice(0, bytesRead)
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw brokenTransport(devicePath, error)
  }
}

async function openForBoth(path: string): Promise<DeviceFile> {
  const file = await open(path, 'r+')
  return {
    write: (bytes) => file.write(bytes, 0, bytes.length, null),
    read: (target) => file.read(target, 0, target.length, null),
    close: () => file.close()
  }
}
