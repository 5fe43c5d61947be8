// Seeds that once failed, each with what was wrong. They run with every test; the scenario of a failure is written to
// simulation/failures/, because a seed means another story once the world learns something new.
import type { Size } from '../size.ts'

export type KeptSeed = {
  readonly seed: string
  readonly was: string
  /** Of the world in which it failed; a big one where nothing is said, as all once were. */
  readonly size?: Size['name']
}

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
  {
    seed: '1573',
    was: 'a change that was rewritten twice was no longer known as the one that had been rejected',
  },
  { seed: '1591', was: 'instances asked for on the way to being kept warm were never stopped' },
  { seed: '1517', was: 'a change taken out while the shares stayed as they were never baked again' },
  { seed: '2074', was: 'a second rewrite from further back was taken to keep what the first had kept' },
  { seed: '5259', was: 'a warm release went back into the plan while its instances were being stopped' },
  { seed: '5087', was: 'a verdict that stood against what a person accepted held up every other answer' },
  { seed: '3', was: 'the next instance started while the last, which may not run twice, was still stopping' },
  { seed: '389', was: 'a change was cleared by what was found just before a person took it out' },
  { seed: '7441', was: 'what a person had taken out came back by itself, on a word given earlier' },
  { seed: '10998', was: 'a late answer about instances took the place of a newer one' },
  { seed: '11107', was: 'a revert that named a commit by its name before a rewrite reverted nothing' },
  {
    seed: '20964',
    was: 'a rollout that began right after a restart passed on what an earlier one had been seen to do',
  },
  {
    seed: '31592',
    was: 'what a person said of a commit that was lost was taken for said of the one that came back',
  },
  { seed: '31664', was: 'a lock did not end in time after the clock had been put forward' },
  {
    seed: '51070',
    was: 'what a person said of a commit was no longer said of it once a rewrite had given it another name',
  },
  {
    seed: '1002309',
    was: 'a hotfix brought in a rejected change under the name it had before a rewrite',
  },
  { seed: '97', was: 'a rejected hotfix came back in by the commit that the branch had taken it back by' },
  { seed: '32843', was: 'a rollout waited for ever for a check that the config had dropped meanwhile' },
  { seed: '3000153', was: 'an outage of the baseline excused every error of what came after it' },
  {
    seed: '5000671',
    was: 'a hotfix made of a commit that says what it contains was not known to contain it',
  },
  {
    seed: '5000913',
    was: 'a hotfix made of a cherry-picked commit brought in what was rejected under its first name',
  },
  {
    seed: '7000008',
    was: 'an instance that was about to be stopped was put in the place of another',
    size: 'small',
  },
  {
    seed: '7000159',
    was: 'a release that went round into two stages was checked beside the first for ever',
    size: 'small',
  },
  {
    seed: '5005587',
    was: 'a word that a base contains what was built upon it was followed without end',
    size: 'middle',
  },
  {
    seed: '30011437',
    was: 'a hotfix of what a kept rollout holds went in over that rollout, and back behind it',
    size: 'small',
  },
  {
    seed: '30014675',
    was: 'a hotfix of what a kept rollout holds went in over that rollout, and back behind it',
  },
  {
    seed: '30015914',
    was: 'what a person said a release contains came in by it, though it was rejected as the commit that the branch took it back by',
    size: 'small',
  },
  {
    seed: '41000247',
    was: 'workers that were asked to stop first, late, brought back the instances that had been stopped since',
    size: 'small',
  },
  {
    seed: '41000471',
    was: 'the workers of what goes were asked to stop once more, and its instances came back',
    size: 'small',
  },
  {
    seed: '40000765',
    was: 'what has no port and may not run twice was live before anything of it had been started',
    size: 'middle',
  },
  {
    seed: '40000655',
    was: 'workers of a rollout that failed went on, because nobody had heard that they were started',
    size: 'small',
  },
]
