// Boots a guest under QEMU without hardware help (TCG) and returns what it wrote to its console. Flags that are not obvious: QEMU 7.2
// breaks cmpxchg16b under TCG, so the processor goes without (-cx16); secretmem is off in kernels of this age unless it is asked for.
import { spawn } from 'node:child_process'

export interface GuestRun {
  readonly console: string
  readonly seconds: number
  readonly attempts: number
}

/** The last line of guest-init.sh. A panic ends QEMU with code 0 too, so the code says nothing. */
const endMarker = 'tresor-guest-end'

const kernelArguments = 'console=ttyS0 panic=-1 quiet nokaslr mitigations=off secretmem.enable=1'

/** Tries twice: emulation hangs now and then. The console may lack the marker even so; parse it. */
export async function bootGuest(image: string, initialFiles: string, timeoutMs = 90_000): Promise<GuestRun> {
  const start = Date.now()
  for (let attempts = 1; ; attempts++) {
    const console = await bootOnce(image, initialFiles, timeoutMs)
    if (console.includes(endMarker) || attempts === 2)
      return { console, seconds: (Date.now() - start) / 1000, attempts }
  }
}

function bootOnce(image: string, initialFiles: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [...machine, '-kernel', image, '-initrd', initialFiles, '-append', kernelArguments]
    const qemu = spawn('qemu-system-x86_64', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL'
    })
    let output = ''
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    qemu.stdout.on('data', take)
    qemu.stderr.on('data', take)
    qemu.on('error', reject)
    qemu.on('close', () => resolve(output))
  })
}

const machine = [
  ['-M', 'pc'],
  ['-accel', 'tcg'],
  ['-cpu', 'max,-cx16'],
  ['-m', '2048'],
  ['-nographic', '-no-reboot', '-nodefaults'],
  ['-serial', 'stdio']
].flat()
