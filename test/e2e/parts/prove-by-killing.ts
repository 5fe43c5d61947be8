// The whole proof: set up, load, kills, settling, and every check from outside.
import { rmSync } from 'node:fs'
import { checkLog } from './check-log.ts'
import { explainFailures, type RequestFigures } from './check-requests.ts'
import { installation } from './installation.ts'
import { type KillPlan, killRun, mustBeUp } from './kill-run.ts'
import { instances, programs, strays } from './processes.ts'
import { shopRepository } from './shop-repository.ts'
import { steadyLoad } from './steady-load.ts'
import { visit } from './visit.ts'

const PIPELINE = `[
  { stage: 'staging', instances: 2, drain: '1s', bake: { for: '3s', requests: 5, own: '1s' } },
  { stage: 'production', instances: 3, drain: '1s', watch: '4s',
    rollout: [{ step: 'one-box', soak: '1s' }, { step: '50%', soak: '1s' }, { step: 'all-at-once', soak: '1s' }] },
]`
const INSTANCES = { staging: 2, production: 3 } as const

export type Proof = {
  readonly seed: number
  readonly kills: Readonly<Record<string, number>>
  readonly acknowledged: number
  readonly unanswered: number
  readonly releases: number
  readonly settledMs: number
  readonly requests: RequestFigures
  /** Every broken promise as a sentence. */
  readonly broken: readonly string[]
}

export async function proveByKilling(plan: KillPlan): Promise<Proof> {
  const installed = await installation()
  const repository = shopRepository({ ...installed, pipeline: PIPELINE })
  try {
    repository.change()
    await mustBeUp(installed, repository.folder)
    await untilServed(installed.routerPort)
    const load = steadyLoad({
      port: installed.routerPort,
      users: { 'shop.localhost': 8, 'staging.shop.localhost': 4 },
      pauseMs: 40,
      postEvery: 9,
      // Few enough that they are no evidence against a release: the judge looks at the slowest 5 %.
      slowEvery: 41,
    })
    const run = await killRun(installed, repository, plan).finally(() => load.stop())
    const broken = [
      ...checkProcesses(installed.state),
      ...(await checkDown(installed, repository.folder)),
      ...checkLog(installed.state, run, repository),
    ]
    const requests = explainFailures(load, run.kills)
    return {
      seed: plan.seed,
      kills: countBy(run.kills.map(({ what }) => what)),
      acknowledged: run.acknowledged.length,
      unanswered: run.unanswered.length,
      releases: repository.commits().length,
      settledMs: Math.round(run.settledMs),
      requests,
      broken: [
        ...broken,
        ...requests.unexplained.map((failure) => `nothing explains ${JSON.stringify(failure)}`),
      ],
    }
  } finally {
    if (process.env['SLUICE_KEEP'] === undefined) {
      await installed.remove()
      rmSync(repository.folder, { recursive: true, force: true })
    }
  }
}

/** One server, one keeper, two routers, and of each stage as many live instances as it wants. */
function checkProcesses(state: string): readonly string[] {
  const wanted = { server: 1, keeper: 1, router: 2 } as const
  const counts = Object.entries(wanted).flatMap(([role, count]) => {
    const found = programs(role as keyof typeof wanted, state).length
    return found === count ? [] : [`${found} processes of the ${role} run instead of ${count}`]
  })
  const running = instances(state)
  const newest = Math.max(...running.map(({ release }) => release))
  const short = Object.entries(INSTANCES).flatMap(([stage, count]) => {
    const live = running.filter((each) => each.stage === stage && each.release === newest).length
    return live === count ? [] : [`${stage} has ${live} instances of #${newest} instead of ${count}`]
  })
  return [...counts, ...short]
}

/** After \`sluice down --everything\` nothing that is ours may run. */
async function checkDown(
  installed: Awaited<ReturnType<typeof installation>>,
  folder: string,
): Promise<readonly string[]> {
  const answer = await installed.cli(folder, 'down', '--everything', '--yes')
  const words = answer.code === 0 ? [] : [`"sluice down" ended with ${answer.code}: ${answer.stderr}`]
  return [...words, ...strays(installed.state).map((stray) => `still runs: ${stray}`)]
}

async function untilServed(port: number): Promise<void> {
  const endAt = performance.now() + 60_000
  for (;;) {
    const served = await Promise.all(
      ['shop.localhost', 'staging.shop.localhost'].map((host) =>
        visit(port, host).then(({ status }) => status === 200),
      ),
    )
    if (served.every(Boolean)) return
    if (performance.now() > endAt) throw new Error('the first release was not served within 60 s')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
