// The kill test by hand, for as long as one likes: `node scripts/kill.ts --kills 200 --seed 7`.
import { parseArgs } from 'node:util'
import { proveByKilling } from '../test/e2e/parts/prove-by-killing.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
})
const proof = await proveByKilling({
  kills: Number(values.kills),
  seed: Number(values.seed),
  say: (sentence) => console.error(sentence),
})
console.log(JSON.stringify(proof, null, 2))
process.exitCode = proof.broken.length === 0 ? 0 : 1
