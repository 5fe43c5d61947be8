// Real servers, routers, keepers and instances die at random moments while the program does its work.
import { expect, test } from 'vitest'
import { proveByKilling } from './parts/prove-by-killing.ts'

const KILLS = 20
const SEED = 20
const MS_MAX = 360_000

test(
  'whatever is killed, and whenever: nothing acknowledged is lost, nothing is done twice, no request fails but those on what was killed',
  async () => {
    const said: string[] = []
    const proof = await proveByKilling({ kills: KILLS, seed: SEED, say: (sentence) => said.push(sentence) })
    console.log(JSON.stringify(proof))
    expect(proof.broken, said.join('\n')).toEqual([])
    expect(proof.acknowledged).toBeGreaterThan(0)
    expect(proof.requests.answered).toBeGreaterThan(1_000)
  },
  MS_MAX,
)
