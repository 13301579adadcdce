// The page: chooses a nonce, asks the server for evidence, and verifies it here, with the browser's own cryptography.
import { appraisalOf, parsePolicy, verify } from '@tresor/sdk/verify'

const nonce = crypto.getRandomValues(new Uint8Array(32))
const policy = parsePolicy(await (await fetch('/policy.json')).json())
const evidence = new Uint8Array(await (await fetch('/evidence', { method: 'POST', body: nonce })).arrayBuffer())

try {
  const appraisal = await verify(evidence, { policy, nonce })
  show('accepted', `accepted: measurement ${appraisal.claims.measurement}`, appraisal.checks)
} catch (error) {
  show('refused', `refused: ${error.message} (${error.code})`, appraisalOf(error)?.checks ?? [])
}

function show(state, text, checks) {
  document.body.dataset.verdict = state
  document.getElementById('verdict').textContent = text
  const items = checks.map(({ outcome, title }) => {
    const item = document.createElement('li')
    item.textContent = `${{ passed: '✓', failed: '✗', skipped: '-' }[outcome]} ${title}`
    return item
  })
  document.getElementById('checks').replaceChildren(...items)
}
