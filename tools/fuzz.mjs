// Throws hostile bytes at every parser and at verification as a whole.
//
//   npm run fuzz -- --seconds N [--seed S] [--target NAME] [--input FILE]
//
// The same seed gives the same inputs to a target in the same order. A failing input is written to .cache/fuzz, and --input runs it
// alone. Exit code 1 on any failure.
import { bundleForNode } from './bundle.mjs'
import { root, run } from './run.mjs'

const program = await bundleForNode('test/fuzz/main.ts', 'fuzz')
process.exit(run(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)], { cwd: root }))
