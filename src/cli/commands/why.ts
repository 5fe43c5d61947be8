import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { sayReason } from '../stage-words.ts'
import { plain, readRelease, sayTime } from '../words.ts'
import { releaseName } from '../../api/release-name.ts'

/** What may be stopped, or was: there people want to know how sure that is. */
const ON_TRIAL: ReadonlySet<string> = new Set(['rolling-out', 'baking', 'rolled-back', 'rejected'])

export function whyCommand(cli: Cli): Command {
  return define(cli, {
    name: 'why',
    about: 'Say why a release is where it is, stage by stage, and when it will move if that is known',
    arguments: [['[release]', 'the newest when left out']],
    options: [SERVICE],
    examples: ['sluice why 12', "sluice why '#12' --service shop"],
    json: '{"service":"shop","release":12,"why":[{"stage":"production","standing":"waiting","why":[{"code":"bake/running","text":"bakes in staging","until":1763631600000}]}]}',
    run: async (run, [typed]) => {
      const named = typed === undefined ? null : readRelease(typed)
      const client = await run.client()
      const view = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const number = named ?? view.releases[0]?.release
      if (number === undefined)
        throw new CliFailure(
          EXIT.failed,
          'release/none',
          `${view.service} has no release yet; #1 comes with its first build`,
        )
      const release = await client.release(view.service, number)
      const why = release.why.map((one) => ({
        stage: one.stage,
        standing: release.standings.find((two) => two.stage === one.stage)?.standing ?? null,
        why: one.why,
      }))
      run.json({ service: view.service, release: number, why })
      run.say(
        `${run.style.bold(releaseName(number))} ${plain(release.subject)} (${plain(release.author)}, ${release.sha.slice(0, 7)})`,
      )
      if (release.added) {
        const { artifact, at, by, provenance } = release.added
        const who = by.kind === 'person' ? plain(by.name) : by.rule
        run.say(
          `  built elsewhere: ${artifact.slice(0, 19)}, added by ${who} ${sayTime(at, run.parts.now())}${provenance === null ? '' : `: ${plain(provenance)}`}`,
        )
      }
      if (release.rejected !== null) run.say(run.style.bad(`  rejected: ${plain(release.rejected.reason)}`))
      if (release.build.state === 'failed')
        run.say(run.style.bad(`  build failed: ${plain(release.build.message ?? 'see sluice logs')}`))
      for (const { stage, standing, why: reasons } of why) {
        const words = reasons.map((reason) => sayReason(reason, run.parts.now())).join('; ')
        run.say(
          `  ${stage}: ${[standing?.replace('-', ' '), words].filter(Boolean).join(', ') || 'nothing holds it'}`,
        )
        const budget = view.stages.find((one) => one.stage === stage)?.budget ?? null
        if (budget !== null && standing !== null && ON_TRIAL.has(standing))
          run.say(run.style.dim(`    false stops: ${budget.text}`))
      }
    },
  })
}
