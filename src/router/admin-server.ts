// The admin interface of one router process: JSON over HTTP on a unix socket only its owner can open.
import { chmod, mkdir, unlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { routersFolder, SOCKET_PATH_BYTES_MAX } from '../api/router-admin/router-processes.ts'
import {
  environmentSchema,
  fencedPlanSchema,
  lookupOfSchema,
  releaseOfSchema,
} from '../api/router-admin/wire.ts'
import type { CountersAnswer } from '../api/router-admin/wire.ts'
import { type MeasuresAnswer, measuresAskedSchema } from '../api/router-admin/measures-wire.ts'
import type { MeasuresAsked } from '../api/router-admin/measures-wire.ts'
import type { Doors } from './doors.ts'
import type { LookupShelf } from './lookup-shelf.ts'
import type { PlanTable } from './plan-table.ts'
import type { ReleaseTraffic } from './release-traffic.ts'

const BODY_BYTES_MAX = 4 * 1024 * 1024
/** Some 100 bytes each. */
const MEASURED_VALUES_MAX = 50_000

export type AdminOptions = {
  readonly plans: PlanTable
  readonly lookups: LookupShelf
  readonly doors: Doors
  readonly incarnation: string
  readonly pid: number
  readonly state: () => 'starting' | 'serving' | 'stopping'
}

type Answer = { readonly status: number; readonly body: unknown }
type Route = (question: {
  readonly query: Record<string, string>
  readonly body: unknown
}) => Answer | Promise<Answer>

export function createAdminServer(options: AdminOptions): Server {
  const routes = adminRoutes(options)
  return createServer((req, res) => {
    answer(routes, req)
      .catch((error: unknown): Answer => {
        if (error instanceof z.ZodError)
          return refusal(400, 'router/bad-admin-request', z.prettifyError(error))
        return refusal(500, 'router/defect', error instanceof Error ? error.message : String(error))
      })
      .then((given) => send(res, given))
      .catch(() => res.destroy())
  })
}

/** Listens in the state folder, readable by its owner only; resolves with the socket's path. */
export async function listenForAdmin(server: Server, stateDir: string, name: string): Promise<string> {
  const folder = routersFolder(stateDir)
  const path = join(folder, `${name}.sock`)
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new Error(
      `the state folder's path is too long: ${path} has ${Buffer.byteLength(path)} bytes and a socket's path may have ${SOCKET_PATH_BYTES_MAX}; choose a shorter state folder`,
    )
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return path
}

export async function closeAdmin(server: Server, path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}

function adminRoutes({
  plans,
  lookups,
  doors,
  incarnation,
  pid,
  state,
}: AdminOptions): Readonly<Record<string, Route>> {
  const trafficOf = (body: unknown): readonly ReleaseTraffic[] => {
    const { environment, release } = releaseOfSchema.parse(body)
    return plans.traffic(environment).filter((traffic) => traffic.release === release)
  }
  return {
    'GET /ready': () => ok({ incarnation, pid, state: state() }),
    'PUT /plan': ({ body }) => ok(plans.apply(fencedPlanSchema.parse(body))),
    'PUT /lookup': async ({ body }) => {
      const { service, table } = lookupOfSchema.parse(body)
      return ok({ generation: await lookups.reload(service, table) })
    },
    'GET /plan': ({ query }) => {
      const served = plans.get(environmentSchema.parse(query))
      return ok({ current: served === undefined ? null : { fence: served.fence, plan: served.plan } })
    },
    'GET /counters': ({ query }) => {
      const environment = environmentSchema.parse(query)
      const generation = plans.get(environment)?.plan.generation ?? 0
      const arms = plans.traffic(environment).map((traffic) => traffic.counters())
      return ok({ incarnation, generation, arms } satisfies CountersAnswer)
    },
    'POST /measures': ({ body }) => ok(takeMeasures(plans, incarnation, measuresAskedSchema.parse(body))),
    'POST /in-flight': ({ body }) => {
      const counts = trafficOf(body).map((traffic) => traffic.inFlight())
      return ok({
        requests: counts.reduce((sum, { requests }) => sum + requests, 0),
        streams: counts.reduce((sum, { streams }) => sum + streams, 0),
      })
    },
    'POST /cut': ({ body }) => ok({ cut: trafficOf(body).reduce((sum, traffic) => sum + traffic.cut(), 0) }),
    'POST /doors': async ({ body }) => {
      const { environment, release } = releaseOfSchema.parse(body)
      const arm = plans.get(environment)?.arms.find((each) => each.release === release)
      if (arm === undefined || arm.upstreams.length === 0) {
        const where = `${environment.service}/${environment.stage}`
        return refusal(
          409,
          'router/release-not-here',
          `release ${release} has no instances in the plan of ${where}`,
        )
      }
      const opened = await doors.open(environment, release)
      return opened === undefined
        ? refusal(429, 'router/too-many-doors', 'too many doors are open; close some first')
        : ok(opened)
    },
    'DELETE /doors': ({ query }) => {
      doors.close(z.object({ door: z.string() }).parse(query).door)
      return ok({})
    },
  }
}

/** What does not fit in one answer is there for the next question. */
function takeMeasures(plans: PlanTable, incarnation: string, { asked }: MeasuresAsked): MeasuresAnswer {
  const taken: MeasuresAnswer['taken'] = []
  let room = MEASURED_VALUES_MAX
  for (const { environment, dimensions, after } of asked) {
    const measures = plans.get(environment)?.measures
    if (measures === undefined) continue
    measures.tellApart(dimensions)
    for (const { seq, window } of room > 0 ? measures.take(after[incarnation] ?? 0) : []) {
      if (room <= 0) break
      taken.push({ environment, seq, window })
      for (const { dimensions: told } of window.arms)
        room -= told.reduce((sum, { values }) => sum + values.length, 1)
    }
  }
  return { incarnation, taken }
}

async function answer(routes: Readonly<Record<string, Route>>, req: IncomingMessage): Promise<Answer> {
  const url = new URL(req.url ?? '/', 'http://router')
  const route = routes[`${req.method} ${url.pathname}`]
  const body = await readJson(req)
  if (route === undefined)
    return refusal(404, 'router/bad-admin-request', `no such route: ${req.method} ${url.pathname}`)
  return route({ query: Object.fromEntries(url.searchParams), body })
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    const part: unknown = chunk
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) throw new Error(`an admin request is larger than ${BODY_BYTES_MAX} bytes`)
    chunks.push(part)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? undefined : JSON.parse(text)
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { code, message } }
}

function send(res: ServerResponse, { status, body }: Answer): void {
  res.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
  res.end(JSON.stringify(body))
}
