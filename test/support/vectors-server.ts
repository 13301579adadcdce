// Hands the folder of vectors to the browser tests, read only, below /__vectors/.
import { readFile } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Plugin } from 'vitest/config'
import { vectorsDir } from './vectors-files.js'

export function serveVectors(): Plugin {
  return {
    name: 'tresor-vectors',
    configureServer(server) {
      server.middlewares.use('/__vectors/', (request, response) => {
        readBelow(vectorsDir(), new URL(request.url ?? '', 'http://localhost').pathname).then(
          (bytes) => response.end(bytes),
          () => response.writeHead(404).end()
        )
      })
    }
  }
}

async function readBelow(folder: string, path: string): Promise<Uint8Array> {
  const file = resolve(folder, `.${decodeURIComponent(path)}`)
  if (!file.startsWith(folder + sep)) throw new Error(`outside of ${folder}: ${path}`)
  return readFile(file)
}
