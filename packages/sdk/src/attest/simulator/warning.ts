// The loud line. It goes to stderr itself, because warnings of Node can be turned off.
const said = Symbol.for('@tresor/sdk.simulator-warning')

const line = 'tresor: SIMULATOR in use: this is not a TEE, its evidence proves nothing and its keys protect nothing\n'

/** Says it once per process, also where several copies of this package are loaded. */
export function warnOfSimulator(): void {
  if (Reflect.get(process, said) === true) return
  Reflect.defineProperty(process, said, { value: true })
  process.stderr.write(line)
}
