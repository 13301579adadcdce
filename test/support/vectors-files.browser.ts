// The folder of vectors in the browser: the test server hands out its files (vectors-server.ts). Requests are synchronous, so
// that the same test reads vectors in the same way in both places.
export const vectorsDir = (): string => '/__vectors'

export const hasVectors: boolean = request('manifest.json').status === 200

export function readVector(path: string): Uint8Array {
  const answer = request(path)
  if (answer.status !== 200) throw new Error(`vector ${path}: HTTP ${answer.status}`)
  return Uint8Array.from(answer.responseText, (character) => character.charCodeAt(0) & 0xff)
}

/** Every byte comes as one character: a synchronous request may not ask for an ArrayBuffer. */
function request(path: string): XMLHttpRequest {
  const http = new XMLHttpRequest()
  http.open('GET', `${vectorsDir()}/${path}`, false)
  http.overrideMimeType('text/plain; charset=x-user-defined')
  http.send()
  return http
}
