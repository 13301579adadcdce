// What a web page loads for `/verify`, in kB of gzip. Bounds and bundler are those of test/house/browser-bundle.test.ts.
import { bundleForBrowser } from '../house/bundle.js'
import { type Row, rowOf } from './row.js'

const snp = /\/verify\/snp\//
const fallback = /\/crypto\/web\/fallback\.ts$/

export async function bundleSizeRows(): Promise<readonly Row[]> {
  const bundle = await bundleForBrowser(`export { verify, parsePolicy } from '@tresor/sdk/verify'`)
  return [
    sizeRow('browser bundle of /verify for SNP, kB gzip', bundle.partWith(snp).kb, 25),
    sizeRow('browser bundle with the fallback of noble, kB gzip', bundle.partWith(snp, fallback).kb, 45)
  ]
}

function sizeRow(name: string, kb: number, target: number): Row {
  return rowOf({ name, target, better: 'lower' }, { value: kb, low: kb, high: kb })
}
