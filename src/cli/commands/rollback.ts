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
import { releaseName } from '../../api/release-name.ts'
import { type Cli, define, type Run } from '../define.ts'
import { EXIT, type ExitCode } from '../failure.ts'
import { followRollback } from '../follow-rollback.ts'
import { plain, readDuration, readRelease } from '../words.ts'

const WAIT_MS = 10 * 60_000

export function rollbackCommand(cli: Cli): Command {
  return define(cli, {
    name: 'rollback',
    about: aboutAct('rollback'),
    arguments: [['[stage]', 'stage, or service/stage']],
    options: [
      ['--to <release>', 'the last good one when left out; --list says which are kept'],
      ['--list', 'only list what the stage could go back to'],
      REASON,
      ['-w, --wait [duration]', 'stay until it is done, 10m at most when no duration is given'],
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice rollback production --reason "errors in checkout"',
      'sluice rollback production --to \'#10\' -r "errors" --yes --wait 5m',
    ],
    json: `${ACT_JSON}, or with --list: {"service":"shop","stage":"production","couldGoBackTo":[11,9]}`,
    run: async (run, [typed]) => {
      if (run.has('list')) return listKept(run, typed)
      mustBeAble(run, 'rollback')
      const wanted = run.text('to')
      const to = wanted === undefined ? undefined : readRelease(wanted)
      const length = run.text('wait')
      const waitMs = length === undefined ? WAIT_MS : readDuration(length)
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed)
      const body = { stage: stage.stage, reason, ...(to === undefined ? {} : { to }) }
      const wish = { client, service: service.service, act: 'rollback' as const, body }
      const { exit, outcome } = await perform(run, wish)
      if (outcome === null || !(run.has('wait') || length !== undefined)) return exit
      await followRollback(run, {
        client,
        service: service.service,
        stage: stage.stage,
        to: to ?? null,
        position: outcome.position ?? 0,
        waitMs,
      })
      return EXIT.done
    },
  })
}

/** Newest served first. */
async function listKept(run: Run, typed: string | undefined): Promise<ExitCode> {
  const { service, stage } = await choosePlace(run, typed)
  const { couldGoBackTo } = stage
  run.json({ service: service.service, stage: stage.stage, couldGoBackTo })
  if (couldGoBackTo.length === 0) run.say(`${stage.stage} has not served anything else that is kept`)
  for (const release of couldGoBackTo) {
    const row = service.releases.find((one) => one.release === release)
    run.say(`${releaseName(release)}${row === undefined ? '' : ` ${plain(row.subject)}`}`)
  }
  return EXIT.done
}
