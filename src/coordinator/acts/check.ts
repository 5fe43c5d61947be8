import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/due.ts'
import { plainOf, settingsOf } from '../../domain/service/settings.ts'
import { stageOf } from '../../domain/service/state.ts'
import type { Deed } from './deed.ts'

/** Runs one check against a door that leads to the candidate and nothing else. */
export async function runCheck(
  intent: Extract<Intent, { do: 'check' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const { stage, release, rollout, step, check, from } = intent
  const known = deed.state.releases[release]
  if (known?.build.state !== 'done') return undefined
  const environment = { service: deed.service, stage }
  const door = await deed.ports.router.openDoor(environment, release)
  try {
    const result = await deed.ports.checker.run({
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
    if (deed.signal.aborted) return undefined
    return {
      type: 'report-check',
      stage,
      release,
      rollout,
      step,
      check: check.check,
      passed: result.passed,
      message: result.message,
      tick: deed.tick(stage),
      at: deed.ports.clock.now(),
      by: machine('check'),
    }
  } finally {
    await door.close()
  }
}
