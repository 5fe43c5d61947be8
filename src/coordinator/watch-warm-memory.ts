// What warm releases of all services together hold of each host's memory, looked at every few seconds. One goes at a
// time: what it held is no longer counted as soon as it is let go of, so that no more goes than must.
import { machine, type ServiceName } from '../domain/names.ts'
import type { ServiceState, StageState } from '../domain/service/state.ts'
import { warmReleases } from '../domain/service/wanted.ts'
import { isWarmTarget, warmExcess, type MemoryLimit, type WarmUse } from '../domain/service/warm-memory.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import type { CoordinatorPorts, Paces } from './ports.ts'
import type { Work } from './work.ts'

export type WarmMemoryParts = {
  readonly ports: Pick<CoordinatorPorts, 'clock' | 'log' | 'target'>
  readonly paces: Paces
  readonly limit: () => MemoryLimit
  readonly services: () => readonly WatchedService[]
}

export type WatchedService = {
  readonly service: ServiceName
  readonly state: ServiceState
  readonly fleets: (stage: string) => readonly FleetLook[]
  readonly work: Work
}

export function watchWarmMemory(parts: WarmMemoryParts): { stop(): Promise<void> } {
  const { clock, log, target } = parts.ports
  const stopped = new AbortController()

  const look = async (): Promise<void> => {
    const hosts = (await target.memory?.()) ?? []
    if (hosts.length === 0) return
    const services = parts.services()
    const uses = services.flatMap(warmUses)
    for (const { host, bytes } of hosts) {
      const here = uses.filter((use) => use.host === host)
      const excess = warmExcess(here, parts.limit(), bytes)
      const work = services.find(({ service }) => service === excess?.use.service)?.work
      if (excess === undefined || work === undefined) continue
      const { use, usedBytes, limitBytes } = excess
      await work.handle({
        type: 'report-warm-memory',
        stage: use.stage,
        release: use.release,
        usedBytes,
        limitBytes,
        at: clock.now(),
        by: machine('warm memory'),
      })
    }
  }

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(parts.paces.calmTickMs, stopped.signal)
      if (stopped.signal.aborted) return
      await look().catch((error: unknown) =>
        log.warn({ error }, 'the memory of warm releases was not looked at'),
      )
    }
  }
  const looping = loop()

  return {
    stop: async () => {
      stopped.abort()
      await looping
    },
  }
}

type UseOnHost = WarmUse & { readonly host: string }

function warmUses({ service, state, fleets }: WatchedService): readonly UseOnHost[] {
  return Object.values(state.stages).flatMap((stage) => {
    const looks = fleets(stage.stage)
    return warmReleases(stage).flatMap((release) => {
      const instances = looks.find((fleet) => fleet.release === release)?.instances ?? []
      return [...Map.groupBy(instances, ({ host }) => host)].map(([host, here]) => ({
        ...useOf(state, stage, release),
        service,
        host,
        bytes: here.reduce((sum, { use }) => sum + use.memoryBytes, 0),
      }))
    })
  })
}

function useOf(
  state: ServiceState,
  stage: StageState,
  release: number,
): Pick<WarmUse, 'stage' | 'release' | 'isTarget' | 'mergedAt'> {
  return {
    stage: stage.stage,
    release,
    isTarget: isWarmTarget(stage, release),
    mergedAt: state.releases[release]?.mergedAt ?? 0,
  }
}
