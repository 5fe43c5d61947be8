import type { Command } from 'commander'
import {
  ACT_JSON,
  aboutAct,
  choosePlace,
  DRY_RUN,
  mustBeAble,
  perform,
  REASON,
  reasonOf,
  SERVICE,
  YES,
} from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { type ExitCode, usage } from '../failure.ts'
import { plain, readRelease } from '../words.ts'
import { releaseName } from '../../api/release-name.ts'

export function acceptCommand(cli: Cli): Command {
  return define(cli, {
    name: 'accept',
    about: `${aboutAct('accept')}; "accept history": ${aboutAct('accept-history').toLowerCase()}`,
    arguments: [
      ['<release>', 'release, or the word "history"'],
      ['[stage]', 'stage that asks; the only one that does when left out'],
    ],
    options: [
      ['--contains <release>', 'say that it contains this release’s change, which cannot be seen'],
      REASON,
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice accept \'#9\' --reason "looked at the dashboards"',
      'sluice accept history --reason "squashed"',
    ],
    json: ACT_JSON,
    run: async (run, [what, typed]) => {
      if (what === undefined) throw usage('cli/needs-release', 'which release? Or: sluice accept history')
      if (what === 'history') return acceptHistory(run)
      mustBeAble(run, 'accept')
      const release = readRelease(what)
      const contained = run.text('contains')
      const contains = contained === undefined ? {} : { contains: readRelease(contained) }
      const reason = await reasonOf(run)
      const place = await choosePlace(
        run,
        typed,
        (one) => one.bake?.asked != null || one.live?.release === release,
      )
      const body = { stage: place.stage.stage, release, reason, ...contains }
      const wish = { client: place.client, service: place.service.service, act: 'accept' as const, body }
      return (await perform(run, wish)).exit
    },
  })
}

/** Shows both lists first: what is live and no longer on the branch, and what is new. */
async function acceptHistory(run: Run): Promise<ExitCode> {
  mustBeAble(run, 'accept-history')
  const reason = await reasonOf(run)
  const client = await run.client()
  const service = chooseService(await client.board(), run.text('service'), run.parts.folder)
  if (service.rewritten !== null && !run.isJson) {
    const { lost, fresh } = service.rewritten
    run.note(
      `No longer on ${service.branch}: ${lost.map((release) => releaseName(release)).join(', ') || 'nothing'}`,
    )
    run.note(`New on ${service.branch}: ${fresh.length === 0 ? 'nothing' : ''}`)
    for (const { sha, subject } of fresh) run.note(`  ${sha.slice(0, 7)} ${plain(subject)}`)
  }
  const wish = { client, service: service.service, act: 'accept-history' as const, body: { reason } }
  return (await perform(run, wish)).exit
}
