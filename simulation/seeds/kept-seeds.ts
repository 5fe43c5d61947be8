// Seeds that once failed, each with what was wrong. They run with every test; the scenario of a failure is written to
// simulation/failures/, because a seed means another story once the world learns something new.
export type KeptSeed = { readonly seed: string; readonly was: string }

export const KEPT_SEEDS: readonly KeptSeed[] = [
  { seed: '6', was: 'a rollout back that had no traffic to shift was never over' },
  {
    seed: '24',
    was: 'coordinator and host did not agree on which instances are the newest, and named ones went',
  },
  { seed: '80', was: 'a plan that was given up landed late, and its instances were taken away under it' },
  { seed: '11', was: 'an instance that replaced another was put into the plan before it was ever ready' },
  { seed: '9', was: 'changes were cleared on ticks that a crash could still lose' },
  { seed: '5', was: 'the end promised of a lock did not count its warnings and working hours in' },
  { seed: '17', was: 'instances of a release that never got well were never stopped' },
  { seed: '95', was: 'a change that came back after a rewrite stood for all that was lost with it' },
  { seed: '110', was: 'a lock whose acknowledgement was lost was never warned of' },
  { seed: '299', was: 'tick numbers came again after a crash, and a bake counted nothing ever after' },
]
