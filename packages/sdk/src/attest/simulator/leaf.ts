// Certificates of signing keys: VCEK and VLEK with AMD's extensions (AMD 57230, VCEK and VLEK certificate profiles).
import { derIa5String, derInteger } from '../../encoding/index.js'
import { parseTcb, type SnpProduct, type SnpTcb, tcbComponents, tcbLayoutOf } from '../../evidence/index.js'
import type { Extension } from '../../x509/index.js'

const arc = '1.3.6.1.4.1.3704.1'

const splOids: Readonly<Record<keyof SnpTcb, string>> = {
  bootLoader: `${arc}.3.1`,
  tee: `${arc}.3.2`,
  snp: `${arc}.3.3`,
  microcode: `${arc}.3.8`,
  fmc: `${arc}.3.9`
}

/** Extensions of the certificate for the key that `chipId` (64 bytes, on Turin 8) has at `tcb`. The id is not wrapped in DER. */
export function vcekExtensions(product: SnpProduct, chipId: Uint8Array, tcb: Uint8Array): readonly Extension[] {
  const name = product === 'Milan' ? 'Milan-B0' : product
  return [...commonExtensions(product, name, tcb), extension(`${arc}.4`, chipId)]
}

/** Extensions of the certificate for the key that a cloud has for `tcb` on all its chips. */
export function vlekExtensions(product: SnpProduct, cspId: string, tcb: Uint8Array): readonly Extension[] {
  return [...commonExtensions(product, product, tcb), extension(`${arc}.5`, derIa5String(cspId))]
}

function commonExtensions(product: SnpProduct, name: string, tcb: Uint8Array): readonly Extension[] {
  const layout = tcbLayoutOf(product)
  const versions = parseTcb(tcb, layout)
  const spls = tcbComponents(layout).map((name) => extension(splOids[name], derInteger(versions[name] ?? 0)))
  const spare = (layout === 'turin' ? [5, 6, 7] : [4, 5, 6, 7]).map((n) => extension(`${arc}.3.${n}`, derInteger(0)))
  const structVersion = derInteger(layout === 'turin' ? 1 : 0)
  return [extension(`${arc}.1`, structVersion), extension(`${arc}.2`, derIa5String(name)), ...spls, ...spare]
}

function extension(oid: string, value: Uint8Array): Extension {
  return { oid, critical: false, value }
}
