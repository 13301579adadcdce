// Writes docs/errors.md from the catalogue in the source. `--check` only compares, for CI.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { root } from './run.mjs'

const target = join(root, 'docs', 'errors.md')
const whoActs = {
  UsageError: 'The caller: fix the code, the options or the configuration. Thrown before any input or output.',
  UnavailableError: 'Nobody is at fault: retry, or use another platform.',
  EvidenceError: 'Malformed or not genuine: stop.',
  PolicyError: 'Genuine, but not what your policy accepts: stop.',
  SealError: 'Sealed data was changed, is not the newest, or is for another key: stop.'
}

const text = await render()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/errors.md differs from the source: run npm run docs')
    process.exit(1)
  }
} else {
  writeFileSync(target, text)
}

async function render() {
  const { errorCatalog } = await importSource('packages/sdk/src/core/error-catalog.ts')
  const sections = Object.entries(errorCatalog).map(([name, codes]) => section(name, codes))
  return `# Error codes

Every error of the SDK is a \`TresorError\` with a stable \`code\`. The class says who must act; codes are public API, messages are not.
This page is generated from \`packages/sdk/src/core/error-catalog.ts\`.

${sections.join('\n\n')}
`
}

function section(name, codes) {
  const rows = Object.entries(codes).map(([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`)
  return [`## ${name}`, '', whoActs[name], '', '| code | meaning | what to do |', '|---|---|---|', ...rows].join('\n')
}

async function importSource(path) {
  const { outputFiles } = await bundle({ entryPoints: [join(root, path)], bundle: true, format: 'esm', write: false })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
