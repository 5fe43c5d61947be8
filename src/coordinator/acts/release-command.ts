// The release command of a rollout, followed to its end.
import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import type { TaskLook } from '../../ports/task-runner.ts'
import { taskKey } from '../task-key.ts'
import { call, lookUntil, type Deed } from './deed.ts'
import { mustReadSecrets, wishOf } from './scale.ts'

type Run = Extract<Intent, { do: 'run-command' }>
type End = Extract<Intent, { do: 'end-command' }>

export async function runCommand(intent: Run, deed: Deed): Promise<ServiceCommand | undefined> {
  const { tasks } = deed.ports
  const key = keyOf(intent, deed)
  const wish = wishOf(deed, intent.stage, { release: intent.release, count: 1, role: 'candidate' })
  if (!wish) return undefined
  if ((await tasks.look(key)).state === 'unknown') {
    // Started once, and forgotten since: whoever would start it again could be running it a second time.
    if (intent.isStarted)
      return report(intent, deed, 'lost', 'nothing is known of it on this machine any more')
    await mustReadSecrets(deed, wish)
    const { environment, release, artifact, secrets = {}, run } = wish
    const env = { ...run.env, ...wish.env }
    const request = { environment, release, artifact, command: intent.command.command, env, secrets }
    await call(deed, deed.fence, (bounded) => tasks.start(key, { ...request, termMs: run.termMs }, bounded))
  }
  await deed.report(report(intent, deed, 'started', ''))
  return lookUntil<ServiceCommand>(deed, async () => {
    const look = await tasks.look(key)
    if (look.state === 'running' && look.forMs > intent.command.limitMs) {
      await tasks.stop(key)
      return report(
        intent,
        deed,
        'failed',
        `it did not end within ${Math.round(intent.command.limitMs / 1_000)} s`,
      )
    }
    const [outcome, message] = outcomeOf(look)
    return outcome && report(intent, deed, outcome, message)
  })
}

/** The rollout it was for is over: it must not run beside what comes next. */
export async function endCommand(intent: End, deed: Deed): Promise<ServiceCommand | undefined> {
  const key = keyOf(intent, deed)
  await deed.ports.tasks.stop(key)
  const [, message] = outcomeOf(await deed.ports.tasks.look(key))
  return report(intent, deed, 'failed', message)
}

function keyOf({ stage, rollout, attempt }: Run | End, { service }: Deed): string {
  return taskKey({ service, stage, rollout, attempt })
}

type Outcome = 'started' | 'passed' | 'failed' | 'lost'

function outcomeOf(look: TaskLook): readonly [Outcome | undefined, string] {
  switch (look.state) {
    case 'running':
      return [undefined, 'it still runs']
    case 'unknown':
      return ['lost', 'nothing is known of it on this machine any more']
    case 'lost':
      return ['lost', look.words === '' ? 'its end was not recorded' : look.words]
    case 'ended': {
      if (look.code === 0) return ['passed', '']
      const how = look.code === null ? 'a signal ended it' : `exit code ${look.code}`
      return ['failed', look.words === '' ? how : `${how}: ${look.words}`]
    }
  }
}

function report(
  { stage, rollout, release, attempt }: Run | End,
  deed: Deed,
  outcome: Outcome,
  message: string,
): ServiceCommand {
  return {
    type: 'report-release-command',
    stage,
    rollout,
    release,
    attempt,
    outcome,
    message,
    tick: deed.tick(stage),
    at: deed.ports.clock.now(),
    by: machine('release command'),
  }
}
