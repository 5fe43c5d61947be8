import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import { plainOf, settingsOf } from '../../domain/service/settings.ts'
import { stageOf } from '../../domain/service/state.ts'
import type { Deed } from './deed.ts'

const NO_DOOR = { url: '', close: async (): Promise<void> => {} }

/** Runs one check of a rollout's step. */
export async function runCheck(
  intent: Extract<Intent, { do: 'check' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const { stage, release, rollout, step, check } = intent
  const result = await checkAtDoor(intent, deed)
  if (!result) return undefined
  return {
    type: 'report-check',
    stage,
    release,
    rollout,
    step,
    check: check.check,
    ...result,
    tick: deed.tick(stage),
    at: deed.ports.clock.now(),
    by: machine('check'),
  }
}

/** Runs one check against the instance that stands beside the stage. */
export async function runCheckBeside(
  intent: Extract<Intent, { do: 'check-beside' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const { stage, release, check } = intent
  const result = await checkAtDoor(intent, deed)
  if (!result) return undefined
  return {
    type: 'report-beside-check',
    stage,
    release,
    check: check.check,
    ...result,
    at: deed.ports.clock.now(),
    by: machine('check'),
  }
}

/** Against a door that leads to the candidate and nothing else. */
async function checkAtDoor(
  { stage, release, from, check }: Extract<Intent, { do: 'check' | 'check-beside' }>,
  deed: Deed,
): Promise<{ readonly passed: boolean; readonly message: string } | undefined> {
  const known = deed.state.releases[release]
  if (known?.build.state !== 'done') return undefined
  const environment = { service: deed.service, stage }
  const isPortless = deed.state.definition?.stages.find((one) => one.stage === stage)?.portless ?? false
  // What has no port is checked by commands alone, and those have its artifact.
  const door = isPortless ? NO_DOOR : await deed.ports.router.openDoor(environment, release)
  try {
    const { passed, message } = await deed.ports.checker.run({
      environment,
      release,
      sha: known.change.sha,
      baseSha: from === null ? null : (deed.state.releases[from]?.change.sha ?? null),
      artifact: known.build.artifact,
      check,
      url: door.url,
      // Secrets are for the instances alone: the output of a check is kept and shown.
      env: { ...known.build.run.env, ...plainOf(settingsOf(stageOf(deed.state, stage), release)) },
      signal: deed.signal,
    })
    return deed.signal.aborted ? undefined : { passed, message }
  } finally {
    await door.close()
  }
}
