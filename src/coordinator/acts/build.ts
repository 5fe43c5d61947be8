import { machine } from '../../domain/names.ts'
import type { ServiceDefinition } from '../../domain/pipeline/definition.ts'
import { stageAddresses } from '../../domain/pipeline/stage-addresses.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import type { BuildRequest } from '../../ports/builder.ts'
import { lookUntil, type Deed } from './deed.ts'

/** Starts the build unless it runs, and follows it to its end. One that died with us is begun again. */
export async function build(
  intent: Extract<Intent, { do: 'build' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const { builder, clock } = deed.ports
  const { release, attempt } = intent
  const known = deed.state.releases[release]
  const definition = deed.state.definition
  if (!known || !definition) return undefined
  const by = machine('builder')
  const begin = async (): Promise<void> => {
    await builder.start(deed.key, {
      service: definition.service,
      git: definition.source.git,
      branch: definition.source.branch,
      release,
      sha: known.change.sha,
      build: definition.build,
      run: definition.run,
      ...(known.added && definition.build.elsewhere
        ? { added: { artifact: known.added.artifact, sizeBytes: known.added.sizeBytes } }
        : {}),
      ...addressesOf(definition),
    })
    await deed.report({ type: 'report-build-started', release, attempt, at: clock.now(), by })
  }
  const first = await builder.look(deed.key)
  if (first.state === 'unknown') await begin()
  return lookUntil<ServiceCommand>(deed, async () => {
    const look = await builder.look(deed.key)
    const at = clock.now()
    if (look.state === 'unknown') await begin()
    if (look.state === 'done')
      return {
        type: 'report-build-done',
        release,
        attempt,
        artifact: look.artifact,
        run: look.run,
        sizeBytes: look.sizeBytes,
        ...(look.hardCoded === undefined ? {} : { hardCoded: look.hardCoded }),
        at,
        by,
      }
    if (look.state === 'failed')
      return {
        type: 'report-build-failed',
        release,
        attempt,
        fault: look.fault,
        message: look.message,
        at,
        by,
      }
    return undefined
  })
}

function addressesOf({ stages }: ServiceDefinition): Pick<BuildRequest, 'addresses'> {
  const addresses = stageAddresses(stages)
  return addresses.length === 0 ? {} : { addresses }
}
