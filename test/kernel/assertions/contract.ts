// A behavioural contract of the SDK, taken as assertions: its `describe` and `it` are ours.
import type { TestFramework } from '@tresor/sdk/testing'
import type { Assertion } from './world.js'

export function collectContract(register: (framework: TestFramework) => void): readonly Assertion[] {
  const assertions: Assertion[] = []
  register({
    describe: (_, body) => body(),
    it: (name, body) => void assertions.push({ name: `the provider ${name}`, run: () => body() })
  })
  return assertions
}
