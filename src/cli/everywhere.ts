// `--all-services`: the same act on a stage of every service, tried and asked in the same way.
import type { z } from 'zod'
import type { EverywhereActName, everywhereBodies, EverywhereOutcome } from '../api/everywhere-acts.ts'
import type { Run } from './define.ts'
import { CliFailure, EXIT, type ExitCode, usage } from './failure.ts'
import { plain } from './words.ts'

export const ALL_SERVICES = [
  '--all-services',
  'this stage of every service, also of those that come later',
] as const

export type EverywhereWish<Name extends EverywhereActName> = {
  readonly act: Name
  readonly stage: string | undefined
  readonly body: z.input<(typeof everywhereBodies)[Name]>
  readonly asks: boolean
}

export async function performEverywhere<Name extends EverywhereActName>(
  run: Run,
  { act, stage, body, asks }: EverywhereWish<Name>,
): Promise<ExitCode> {
  if (run.text('service') !== undefined || stage?.includes('/'))
    throw usage('cli/one-or-all', 'either one service, or --all-services')
  if (stage === undefined) throw usage('cli/which-stage', 'which stage of every service? Name it')
  const client = await run.client()
  const tell = (outcome: EverywhereOutcome, dryRun: boolean): ExitCode => {
    run.json({ act, stage, dryRun, ...outcome })
    if (outcome.refusal === null) {
      run.say(`${dryRun ? 'Would be: ' : ''}${plain(outcome.text)}`)
      return EXIT.done
    }
    if (!run.isJson) run.note(`Refused: ${plain(outcome.refusal.text)} (${outcome.refusal.code})`)
    return EXIT.refused
  }
  if ((asks && !run.has('yes')) || run.has('dryRun')) {
    const would = await client.actEverywhere(stage, act, body, { dryRun: true })
    if (would.refusal !== null || run.has('dryRun')) return tell(would, true)
    run.note(plain(would.text))
    if (!(await run.parts.questions.confirm('Go on?')))
      throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
  }
  return tell(await client.actEverywhere(stage, act, body), false)
}
