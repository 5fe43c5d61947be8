// The typed way to talk to a server. Everything that comes back is read by the schema that the server answers with.
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { type ActName, type ActOutcome, type actBodies, actOutcomeSchema } from './acts.ts'
import {
  type ArtifactOutcome,
  artifactOutcomeSchema,
  type KeptArtifact,
  keptArtifactSchema,
} from './artifact.ts'
import {
  type AuditRow,
  auditRowSchema,
  type Board,
  boardSchema,
  type ReleaseRow,
  releaseRowSchema,
} from './board.ts'
import {
  type EverywhereActName,
  type everywhereBodies,
  type EverywhereOutcome,
  everywhereOutcomeSchema,
} from './everywhere-acts.ts'
import { type BackupRow, backupSchema } from './backup.ts'
import { type Backlog, backlogSchema } from './backlog.ts'
import { type ForecastView, forecastSchema } from './forecast.ts'
import { type revertBodySchema, type RevertOutcome, revertOutcomeSchema } from './revert.ts'
import { type MeasuresQuery, type MeasuresView, measuresViewSchema } from './measures.ts'
import { type SettingsView, settingsSchema } from './settings.ts'
import {
  type askedSchema,
  type Explanation,
  explanationSchema,
  type LookupEntry,
  lookupEntrySchema,
  type lookupChangesSchema,
  type LookupRow,
  lookupRowSchema,
  type Pushed,
  pushedSchema,
  type RoutesView,
  routesViewSchema,
} from './traffic.ts'
import {
  type Added,
  addedSchema,
  changedSchema,
  type MadeToken,
  madeTokenSchema,
  type Me,
  meSchema,
  type Output,
  outputSchema,
  type Plan,
  type Problem,
  planSchema,
  problemSchema,
  type ReleaseView,
  type Replay,
  replaySchema,
  releaseViewSchema,
  type TokenRow,
  tokenRowSchema,
  VERSION_HEADER,
} from './wire.ts'

/** The server answered, and the answer is a problem. */
export class ApiProblem extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(problem.text)
    this.name = 'ApiProblem'
    this.status = status
    this.problem = problem
  }
}

/** Nobody answered, or not in our language. */
export class Unreachable extends Error {
  readonly address: string

  constructor(address: string, message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'Unreachable'
    this.address = address
  }
}

export type Client = {
  readonly address: string
  board(): Promise<Board>
  me(): Promise<Me>
  releases(service: string, query?: { before?: number; limit?: number }): Promise<readonly ReleaseRow[]>
  release(service: string, release: number): Promise<ReleaseView>
  /** Every verdict on it, judged again from what was recorded. */
  replay(service: string, release: number): Promise<Replay>
  plan(service: string): Promise<Plan>
  forecast(service: string, without: readonly number[]): Promise<ForecastView>
  backlog(service: string): Promise<Backlog>
  /** A refusal is a value. */
  revert(service: string, release: number, body: z.input<typeof revertBodySchema>): Promise<RevertOutcome>
  settings(service: string, stage: string): Promise<SettingsView>
  backup(): Promise<BackupRow>
  backups(): Promise<readonly BackupRow[]>
  /** JSON lines, as they come. */
  auditExport(after: number): Promise<AsyncIterable<Uint8Array>>
  audit(query: {
    service?: string
    release?: number
    before?: number
    limit?: number
  }): Promise<readonly AuditRow[]>
  buildLog(
    service: string,
    release: number,
    offset: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly total: number; readonly ended: boolean }>
  output(service: string, stage: string, release: number): Promise<Output>
  /** A refusal is a value. */
  act<Name extends ActName>(
    service: string,
    act: Name,
    body: z.input<(typeof actBodies)[Name]>,
    options?: { readonly dryRun?: boolean },
  ): Promise<ActOutcome>
  /** The same, on a stage of every service. */
  actEverywhere<Name extends EverywhereActName>(
    stage: string,
    act: Name,
    body: z.input<(typeof everywhereBodies)[Name]>,
    options?: { readonly dryRun?: boolean },
  ): Promise<EverywhereOutcome>
  /** Tracks, routes and what each live version costs. */
  routes(service: string, stage: string): Promise<RoutesView>
  explainRoute(service: string, stage: string, asked: z.input<typeof askedSchema>): Promise<Explanation>
  /** Every version measured apart. */
  measures(service: string, stage: string, query: MeasuresQuery): Promise<MeasuresView>
  lookups(service: string): Promise<readonly LookupRow[]>
  lookupRow(service: string, table: string, key: string): Promise<LookupEntry>
  /** A refusal is a value. `key` is such as `header:x-customer`; null: as it was, or the customer. */
  pushLookup(
    service: string,
    table: string,
    key: string | null,
    csv: ReadableStream<Uint8Array>,
  ): Promise<Pushed>
  changeLookup(service: string, table: string, changes: z.input<typeof lookupChangesSchema>): Promise<Pushed>
  removeLookup(service: string, table: string): Promise<void>
  addArtifact(
    service: string,
    sha: string,
    said: { readonly checksum: string | undefined; readonly provenance: string | undefined },
    archive: ReadableStream<Uint8Array>,
  ): Promise<ArtifactOutcome>
  keptArtifacts(service: string): Promise<readonly KeptArtifact[]>
  addRepository(folder: string): Promise<Added>
  poke(folder: string): Promise<void>
  tokens(): Promise<readonly TokenRow[]>
  addToken(name: string, readOnly: boolean): Promise<MadeToken>
  revokeToken(name: string): Promise<void>
  /** Positions as they change, until the signal aborts or the stream is cut; the caller comes back with the last one. */
  changes(signal: AbortSignal, lastEventId?: number): AsyncIterable<number>
}

export type ClientOptions = {
  readonly address: string
  readonly token: string | null
  /** Called with the server's version, once, with the first answer. */
  readonly onVersion?: (version: string) => void
}

type Sent = {
  readonly method?: string
  readonly body?: unknown
  /** CSV that is sent as it is read. */
  readonly stream?: ReadableStream<Uint8Array>
  readonly signal?: AbortSignal
  readonly headers?: Record<string, string>
}

export function createClient(options: ClientOptions): Client {
  const send = createSender(options)
  const at = (service: string, rest: string) => `/api/services/${encodeURIComponent(service)}/${rest}`

  const tableAt = (service: string, table: string, rest = '') =>
    at(service, `lookups/${encodeURIComponent(table)}${rest}`)

  async function read<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    sent: Sent = {},
    alsoFine: readonly number[] = [],
  ): Promise<z.output<Schema>> {
    const answer = await send(path, sent)
    if (!answer.ok && !alsoFine.includes(answer.status)) throw await problemOf(options.address, answer)
    const parsed = schema.safeParse(await jsonOf(options.address, answer))
    if (parsed.success) return parsed.data
    throw strange(options.address, `answered ${path} in a shape this version does not know`, parsed.error)
  }
  async function done(path: string, sent: Sent): Promise<void> {
    const answer = await send(path, sent)
    if (!answer.ok) throw await problemOf(options.address, answer)
    await answer.body?.cancel()
  }

  return {
    address: options.address,
    board: () => read(boardSchema, '/api/board'),
    me: () => read(meSchema, '/api/me'),
    releases: (service, query = {}) =>
      read(z.array(releaseRowSchema), at(service, `releases${queryOf(query)}`)),
    release: (service, release) => read(releaseViewSchema, at(service, `releases/${release}`)),
    replay: (service, release) => read(replaySchema, at(service, `releases/${release}/replay`)),
    plan: (service) => read(planSchema, at(service, 'plan')),
    forecast: (service, without) =>
      read(
        forecastSchema,
        at(service, `forecast${queryOf({ without: without.length === 0 ? undefined : without.join(',') })}`),
      ),
    backlog: (service) => read(backlogSchema, at(service, 'backlog')),
    revert: (service, release, body) =>
      read(revertOutcomeSchema, at(service, `releases/${release}/revert`), { method: 'POST', body }, [409]),
    audit: (query) => read(z.array(auditRowSchema), `/api/audit${queryOf(query)}`),
    backup: () => read(backupSchema, '/api/backups', { method: 'POST', body: {} }),
    backups: () => read(z.array(backupSchema), '/api/backups'),
    auditExport: async (after) => {
      const answer = await send(`/api/audit/export?after=${after}`, {})
      if (!answer.ok) throw await problemOf(options.address, answer)
      return answer.body ?? none()
    },
    settings: (service, stage) =>
      read(settingsSchema, at(service, `stages/${encodeURIComponent(stage)}/settings`)),
    output: (service, stage, release) =>
      read(outputSchema, at(service, `stages/${encodeURIComponent(stage)}/releases/${release}/output`)),
    buildLog: async (service, release, offset) => {
      const answer = await send(at(service, `releases/${release}/log?offset=${offset}`), {})
      if (!answer.ok) throw await problemOf(options.address, answer)
      const bytes = new Uint8Array(await answer.arrayBuffer())
      const total = Number(answer.headers.get('x-total') ?? offset + bytes.length)
      return { bytes, total, ended: answer.headers.get('x-ended') === 'true' }
    },
    act: (service, act, body, { dryRun = false } = {}) =>
      read(actOutcomeSchema, at(service, `acts/${act}?dryRun=${dryRun}`), { method: 'POST', body }, [409]),
    actEverywhere: (stage, act, body, { dryRun = false } = {}) =>
      read(
        everywhereOutcomeSchema,
        `/api/stages/${encodeURIComponent(stage)}/acts/${act}?dryRun=${dryRun}`,
        { method: 'POST', body },
        [409],
      ),
    routes: (service, stage) =>
      read(routesViewSchema, at(service, `stages/${encodeURIComponent(stage)}/routes`)),
    explainRoute: (service, stage, body) =>
      read(explanationSchema, at(service, `stages/${encodeURIComponent(stage)}/routes/explain`), {
        method: 'POST',
        body,
      }),
    measures: (service, stage, { by, ...query }) =>
      read(
        measuresViewSchema,
        at(service, `stages/${encodeURIComponent(stage)}/measures${queryOf({ by: by.join(','), ...query })}`),
      ),
    lookups: (service) => read(z.array(lookupRowSchema), at(service, 'lookups')),
    lookupRow: (service, table, key) =>
      read(lookupEntrySchema, tableAt(service, table, `/rows/${encodeURIComponent(key)}`)),
    pushLookup: (service, table, key, csv) =>
      read(
        pushedSchema,
        tableAt(service, table, key === null ? '' : queryOf({ key })),
        { method: 'PUT', stream: csv },
        [409],
      ),
    changeLookup: (service, table, body) =>
      read(pushedSchema, tableAt(service, table), { method: 'PATCH', body }, [409]),
    removeLookup: (service, table) => done(tableAt(service, table), { method: 'DELETE' }),
    addArtifact: (service, sha, said, archive) =>
      read(
        artifactOutcomeSchema,
        at(service, `artifacts/${encodeURIComponent(sha)}${queryOf(said)}`),
        { method: 'PUT', stream: archive },
        [409],
      ),
    keptArtifacts: (service) => read(z.array(keptArtifactSchema), at(service, 'artifacts')),
    addRepository: (folder) =>
      read(addedSchema, '/api/repositories', { method: 'POST', body: { folder } }, [409]),
    poke: (folder) => done('/api/poke', { method: 'POST', body: { folder } }),
    tokens: () => read(z.array(tokenRowSchema), '/api/tokens'),
    addToken: (name, readOnly) =>
      read(madeTokenSchema, '/api/tokens', { method: 'POST', body: { name, readOnly } }),
    revokeToken: (name) => done(`/api/tokens${queryOf({ name })}`, { method: 'DELETE' }),
    changes: (signal, lastEventId) => changes(options.address, send, signal, lastEventId),
  }
}

async function* none(): AsyncIterable<Uint8Array> {}

function createSender(options: ClientOptions): (path: string, sent: Sent) => Promise<Response> {
  let versionTold = false
  return async (path, { method = 'GET', body, stream, signal, headers = {} }) => {
    let answer: Response
    try {
      answer = await fetch(new URL(path, options.address), {
        method,
        headers: {
          ...headers,
          ...(method === 'GET' ? {} : { 'content-type': stream ? 'text/csv' : 'application/json' }),
          ...(options.token === null ? {} : { authorization: `Bearer ${options.token}` }),
        },
        // A token must not follow a redirect to somebody else.
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(stream === undefined ? {} : { body: stream, duplex: 'half' as const }),
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (error) {
      throw new Unreachable(
        options.address,
        `nothing answers at ${options.address}: ${reasonOf(error)}`,
        error,
      )
    }
    const version = answer.headers.get(VERSION_HEADER)
    if (version !== null && !versionTold) {
      versionTold = true
      options.onVersion?.(version)
    }
    return answer
  }
}

async function* changes(
  address: string,
  send: (path: string, sent: Sent) => Promise<Response>,
  signal: AbortSignal,
  lastEventId: number | undefined,
): AsyncIterable<number> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
  }
  const answer = await send('/api/events', { signal, headers })
  if (!answer.ok) throw await problemOf(address, answer)
  const found: number[] = []
  const parser = createParser({
    onEvent: (event) => {
      if (event.event === 'changed') found.push(changedSchema.parse(JSON.parse(event.data)).position)
    },
  })
  const text = new TextDecoder()
  for await (const bytes of answer.body ?? []) {
    parser.feed(text.decode(bytes, { stream: true }))
    yield* found.splice(0)
  }
}

async function problemOf(address: string, answer: Response): Promise<Error> {
  const parsed = problemSchema.safeParse(await jsonOf(address, answer))
  if (parsed.success) return new ApiProblem(answer.status, parsed.data)
  return strange(address, `answered ${answer.status} without saying why`, parsed.error)
}

async function jsonOf(address: string, answer: Response): Promise<unknown> {
  try {
    return await answer.json()
  } catch (error) {
    throw strange(address, `answered ${answer.status} with something that is not JSON`, error)
  }
}

function strange(address: string, what: string, cause: unknown): Unreachable {
  return new Unreachable(address, `${address} ${what}; is that a Sluice server of this version?`, cause)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.message
}

function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}
