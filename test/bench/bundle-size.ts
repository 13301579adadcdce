// What a web page loads for `/verify`, in kB of gzip. Bounds and page are those of test/house/browser-bundle.test.ts.
import { loadSnpPage } from '../house/snp-page.js'
import { type Row, rowOf } from './row.js'

export async function bundleSizeRows(): Promise<readonly Row[]> {
  const { ordinary, insecure } = await loadSnpPage()
  return [
    sizeRow('browser bundle of /verify for SNP, kB gzip', ordinary.kb, 25),
    sizeRow('browser bundle with the fallback of noble, kB gzip', insecure.kb, 45)
  ]
}

function sizeRow(name: string, kb: number, target: number): Row {
  return rowOf({ name, target, better: 'lower' }, { value: kb, low: kb, high: kb })
}
