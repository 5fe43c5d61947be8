// What is known of an instance when the server is gone. Read back at the next start, so it is outside data and is
// checked field by field.
import type { Environment } from '../../../domain/names.ts'
import type { RunRecipe } from '../../../domain/pipeline/definition.ts'
import type { FleetWish } from '../../../ports/deployment-target.ts'
import { z } from 'zod'

export type InstanceRecord = {
  readonly version: 1
  readonly id: string
  /** Grows with every instance made; the highest is the newest. */
  readonly order: number
  readonly environment: Environment
  readonly release: number
  /** Which other process of the release it runs. Absent: the one that the recipe describes. */
  readonly worker?: string | undefined
  readonly artifact: string
  readonly run: RunRecipe
  readonly env: Readonly<Record<string, string>>
  readonly secrets?: FleetWish['secrets']
  readonly role: FleetWish['role']
  /** Null until the first port was taken, and where it has none. */
  readonly port: number | null
  readonly createdAt: number
  /** Its own copy of the artifact is complete. */
  readonly isLaid: boolean
  /** Noted before the first signal, so that a server that dies half-way goes on stopping it. */
  readonly isStopping: boolean
  readonly restarts: number
  /** When it ended by itself, newest last, at most `endsKept`. */
  readonly endedAt: readonly number[]
  /** Ends in a row of runs shorter than a minute; decides the pause before the next start. */
  readonly shortRuns: number
  readonly lastWords: string | null
  readonly process: RunningProcess | null
  /** Error lines in output that has been cut away since. */
  readonly errorLinesCut: number
  /** The same of lines that tell of jobs. Absent in older records. */
  readonly jobsCut?: { readonly done: number; readonly failed: number } | undefined
}

export type RunningProcess = {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: together with the pid and the boot id it names one process for ever. */
  readonly startTicks: number
  readonly bootId: string
  readonly startedAt: number
  /** Whether it has been ready in this run; one that was must answer at once to be adopted. */
  readonly wasReady: boolean
}

export const endsKept = 10

const recordShape = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[A-Za-z0-9_-]+$/),
  order: z.int(),
  environment: z.object({ service: z.string(), stage: z.string() }),
  release: z.number(),
  worker: z.string().optional(),
  artifact: z.string(),
  run: z.custom<RunRecipe>((value) => runShape.safeParse(value).success),
  env: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.number()).optional(),
  role: z.enum(['candidate', 'live', 'warm']),
  port: z.int().nullable(),
  createdAt: z.number(),
  isLaid: z.boolean(),
  isStopping: z.boolean(),
  restarts: z.int(),
  endedAt: z.array(z.number()),
  shortRuns: z.int(),
  lastWords: z.string().nullable(),
  process: z
    .object({
      // 0 and 1 would mean the kernel's and the system's own group.
      pid: z.int().min(2),
      startTicks: z.number(),
      bootId: z.string(),
      startedAt: z.number(),
      wasReady: z.boolean(),
    })
    .nullable(),
  errorLinesCut: z.int(),
  jobsCut: z.object({ done: z.int(), failed: z.int() }).optional(),
})

/** As much of a recipe as this target reads; what else it carries is kept as it is. */
export const runShape = z.looseObject({
  command: z.string(),
  health: z.object({ path: z.string().nullable(), waitMs: z.number() }),
  protocol: z.literal('h2c').exactOptional(),
  env: z.record(z.string(), z.string()),
  termMs: z.number(),
})

/** Undefined when the text is no record: damaged, or of a version that is not ours. */
export function parseRecord(text: string): InstanceRecord | undefined {
  const read = recordShape.safeParse(asJson(text))
  return read.success ? read.data : undefined
}

export function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is not JSON has no shape, and the shape's reader says so.
    return undefined
  }
}
