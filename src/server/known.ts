// Names in a request that must be known: the answer to a wrong one carries the nearest right one.
import { nearestSentence } from '../api/nearest.ts'
import type { ReleaseRow, ServiceView } from '../api/board.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'

export async function knownService(control: Control, service: string): Promise<ServiceView> {
  const { services } = await control.board()
  const found = services.find((one) => one.service === service)
  if (found !== undefined) return found
  const names = services.map((one) => one.service)
  throw new HttpProblem(
    404,
    'service/unknown',
    `there is no service ${JSON.stringify(service)}. ${nearestSentence(service, names)}`,
  )
}

export function knownStage(service: ServiceView, stage: string): void {
  const names = service.stages.map((one) => one.stage)
  if (names.includes(stage)) return
  throw new HttpProblem(
    404,
    'stage/unknown',
    `${service.service} has no stage ${JSON.stringify(stage)}. ${nearestSentence(stage, names)}`,
  )
}

export async function knownRelease(
  control: Control,
  service: ServiceView,
  release: number,
): Promise<ReleaseRow> {
  const near = [...service.releases, ...(await control.releases(service.service, release + 1, 1))]
  const found = near.find((row) => row.release === release)
  if (found !== undefined) return found
  const [newest] = await control.releases(service.service, null, 1)
  const closest = [...near, ...(newest === undefined ? [] : [newest])].sort(
    (a, b) => Math.abs(a.release - release) - Math.abs(b.release - release),
  )[0]
  throw new HttpProblem(
    404,
    'release/unknown',
    closest === undefined
      ? `${service.service} has no release yet; #1 comes with the first build`
      : `${service.service} has no release #${release}; the nearest is #${closest.release}, the newest #${newest?.release ?? closest.release}`,
  )
}
