// The way of every act: what would happen, whether the person means it, then the act itself; a refusal in the
// server's own words.
import { type ActName, type ActOutcome, type actBodies, acts } from '../api/acts.ts'
import type { StageView, ServiceView } from '../api/board.ts'
import type { Client } from '../api/client.ts'
import type { z } from 'zod'
import { chooseService, chooseStage, readStage } from './choose.ts'
import type { Run } from './define.ts'
import { CliFailure, EXIT, type ExitCode, usage } from './failure.ts'
import { plain } from './words.ts'

export const REASON = ['-r, --reason <words>', 'why, in words; kept in the audit log'] as const
export const SERVICE = [
  '-s, --service <name>',
  'the service; guessed when there is one, or from this folder',
] as const
export const YES = ['-y, --yes', 'do not ask'] as const
export const DRY_RUN = ['--dry-run', 'only say what would happen'] as const
export const ACT_JSON =
  '{"service":"shop","act":"lock","dryRun":false,"done":true,"refusal":null,"position":41,"text":"production is locked"}'

export function aboutAct(act: ActName): string {
  return acts.find((one) => one.act === act)?.about ?? act
}

export type Place = { readonly client: Client; readonly service: ServiceView; readonly stage: StageView }

/** Where the act is meant, from what was typed. */
export async function choosePlace(
  run: Run,
  typed: string | undefined,
  fits?: (stage: StageView) => boolean,
): Promise<Place> {
  const client = await run.client()
  const named = readStage(typed, run.text('service'))
  const service = chooseService(await client.board(), named.service, run.parts.folder)
  return { client, service, stage: chooseStage(service, named.stage, fits) }
}

/** To be called before anything is sent: what cannot be asked later must be known now. */
export function mustBeAble(run: Run, act: ActName): void {
  const asks = acts.find((one) => one.act === act)?.needsConfirm ?? true
  if (!asks || run.has('yes') || run.has('dryRun') || (run.parts.canAsk && !run.isJson)) return
  throw usage('cli/needs-yes', `"${act}" asks before it acts, and nobody can be asked here; add --yes`)
}

/** The reason that was typed, or asked for now. */
export async function reasonOf(run: Run): Promise<string> {
  const typed = run.text('reason')?.trim()
  if (typed !== undefined && typed !== '') return typed
  // What would happen does not depend on it.
  if (run.has('dryRun')) return 'not given yet'
  if (run.parts.canAsk && !run.isJson) {
    const said = (await run.parts.questions.text('Why?'))?.trim()
    if (said !== undefined && said !== '') return said
  }
  throw usage('cli/needs-reason', 'say why with --reason "…"; it is kept in the audit log')
}

export type Wish<Name extends ActName> = {
  readonly client: Client
  readonly service: string
  readonly act: Name
  readonly body: z.input<(typeof actBodies)[Name]>
}

/** Tries, asks, acts and tells. Null where it ended before the act was done. */
export async function perform<Name extends ActName>(
  run: Run,
  { client, service, act, body }: Wish<Name>,
): Promise<{ readonly exit: ExitCode; readonly outcome: ActOutcome | null }> {
  const tell = (outcome: ActOutcome, dryRun: boolean): ExitCode => {
    run.json({ service, act, dryRun, ...outcome })
    if (outcome.refusal !== null) {
      if (!run.isJson) run.note(`Refused: ${plain(outcome.refusal.text)} (${outcome.refusal.code})`)
      return EXIT.refused
    }
    run.say(`${dryRun ? 'Would be: ' : ''}${plain(outcome.text)}`)
    return EXIT.done
  }
  const asks = (acts.find((one) => one.act === act)?.needsConfirm ?? true) && !run.has('yes')
  if (asks || run.has('dryRun')) {
    const would = await client.act(service, act, body, { dryRun: true })
    if (would.refusal !== null || run.has('dryRun')) return { exit: tell(would, true), outcome: null }
    run.note(`${service}: ${plain(would.text)}`)
    if (!(await run.parts.questions.confirm('Go on?')))
      throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
  }
  const outcome = await client.act(service, act, body)
  const exit = tell(outcome, false)
  return { exit, outcome: exit === EXIT.done ? outcome : null }
}
