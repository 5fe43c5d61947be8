// The wishes of one environment and the highest fence it has seen, as kept on disk.
import { join } from 'node:path'
import type { Environment } from '../../../domain/names.ts'
import type { RunRecipe } from '../../../domain/pipeline/definition.ts'
import type { FleetWish } from '../../../ports/deployment-target.ts'
import { z } from 'zod'
import { asJson, runShape } from './instance-record.ts'

export type FleetRecord = {
  readonly version: 1
  readonly environment: Environment
  readonly fence: number
  /** One for each release that is wanted; a wish for none is not kept. */
  readonly wishes: readonly FleetWish[]
}

const environmentShape = z.object({ service: z.string(), stage: z.string() })

const fleetRecordShape = z.object({
  version: z.literal(1),
  environment: environmentShape,
  fence: z.number(),
  wishes: z.array(
    z.object({
      environment: environmentShape,
      release: z.number(),
      artifact: z.string(),
      run: z.custom<RunRecipe>((value) => runShape.safeParse(value).success),
      count: z.int(),
      workers: z.record(z.string(), z.int()).optional(),
      keep: z.array(z.string()).optional(),
      env: z.record(z.string(), z.string()),
      secrets: z.record(z.string(), z.number()).optional(),
      role: z.enum(['candidate', 'live', 'warm']),
    }),
  ),
})

export function parseFleetRecord(text: string): FleetRecord | undefined {
  const read = fleetRecordShape.safeParse(asJson(text))
  return read.success ? read.data : undefined
}

/** Whatever a name holds, the path stays inside the folder: slashes are encoded and `~` parts the two names. */
export function fleetRecordPath(folder: string, environment: Environment): string {
  return join(
    folder,
    `${encodeURIComponent(environment.service)}~${encodeURIComponent(environment.stage)}.json`,
  )
}
