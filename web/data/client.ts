// The one place that speaks to the server. The shapes it hands on are those of `src/api`; the server and this page are
// always of one version (a page left open over an upgrade is told to load again), so nothing is parsed twice.
import type { ActBody, ActName, ActOutcome } from '../../src/api/acts.ts'
import type { AuditRow, Board, Reason, ReleaseRow } from '../../src/api/board.ts'
import type { Backlog } from '../../src/api/backlog.ts'
import type { ForecastView } from '../../src/api/forecast.ts'
import type { RevertOutcome } from '../../src/api/revert.ts'
import type { MeasuresView } from '../../src/api/measures.ts'
import type { SeenView } from '../../src/api/seen.ts'
import type { SettingsView } from '../../src/api/settings.ts'
import type {
  Explanation,
  LookupChanges,
  LookupEntry,
  LookupRow,
  Pushed,
  RoutesView,
} from '../../src/api/traffic.ts'
import type { Output, Plan } from '../../src/api/wire.ts'

export type Me = { readonly name: string; readonly mayAct: boolean }
export type ReleaseDetail = ReleaseRow & {
  readonly why: readonly { readonly stage: string; readonly why: readonly Reason[] }[]
}

/** The server answered, but not with what was asked for; or nothing answered at all (`status` 0). */
export class ApiFailure extends Error {
  readonly status: number
  readonly code: string

  constructor(failure: { readonly status: number; readonly code: string; readonly text: string }) {
    super(failure.text)
    this.name = 'ApiFailure'
    this.status = failure.status
    this.code = failure.code
  }
}

export function isSignInNeeded(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 401
}

export const fetchBoard = (): Promise<Board> => readJson('/api/board')
export const fetchMe = (): Promise<Me> => readJson('/api/me')

export function fetchRelease(service: string, release: number): Promise<ReleaseDetail> {
  return readJson(inService(service, `releases/${release}`))
}

export function fetchReleases(
  service: string,
  page: { readonly before: number | null; readonly limit: number },
): Promise<readonly ReleaseRow[]> {
  return readJson(inService(service, `releases${search({ before: page.before, limit: page.limit })}`))
}

export function fetchAudit(query: {
  readonly service: string | null
  readonly release: number | null
  readonly before: number | null
  readonly limit: number
}): Promise<readonly AuditRow[]> {
  return readJson(`/api/audit${search(query)}`)
}

/** Bytes of a build log from `offset` on; `total` counts the bytes there are so far. */
export async function fetchBuildLog(
  service: string,
  release: number,
  offset: number,
): Promise<{ readonly bytes: Uint8Array; readonly total: number; readonly hasEnded: boolean }> {
  const answer = await send(inService(service, `releases/${release}/log${search({ offset })}`), {})
  if (!answer.ok) throw await failureOf(answer)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  return {
    bytes,
    total: Number(answer.headers.get('x-total') ?? offset + bytes.byteLength),
    hasEnded: answer.headers.get('x-ended') === 'true',
  }
}

export function fetchSeen(service: string, stage: string, release: number): Promise<SeenView> {
  return readJson(inStage(service, stage, `releases/${release}/seen`))
}

/** The end of what each instance of a release printed. */
export function fetchOutput(service: string, stage: string, release: number): Promise<Output> {
  return readJson(inStage(service, stage, `releases/${release}/output`))
}

export const fetchBacklog = (service: string): Promise<Backlog> => readJson(inService(service, 'backlog'))

/** What would happen from here on, with some changes set aside for it. */
export function fetchForecast(service: string, without: readonly number[]): Promise<ForecastView> {
  return readJson(
    inService(service, `forecast${search({ without: without.length === 0 ? null : without.join(',') })}`),
  )
}

/** Prepares a branch that takes a change back. A refusal is an answer. */
export async function prepareRevert(
  service: string,
  release: number,
  wish: { readonly branch: string; readonly reason: string },
): Promise<RevertOutcome> {
  const { branch, reason } = wish
  const body = branch === '' ? { reason } : { branch, reason }
  const answer = await send(inService(service, `releases/${release}/revert`), jsonRequest('POST', body))
  const outcome = await bodyOf(answer)
  if (isRecord(outcome) && 'done' in outcome) return outcome as RevertOutcome
  throw asFailure(answer.status, outcome)
}

export const fetchPlan = (service: string): Promise<Plan> => readJson(inService(service, 'plan'))

export function fetchSettings(service: string, stage: string): Promise<SettingsView> {
  return readJson(inStage(service, stage, 'settings'))
}

export function fetchRoutes(service: string, stage: string): Promise<RoutesView> {
  return readJson(inStage(service, stage, 'routes'))
}

export type AskedRequest = {
  readonly customer?: string
  readonly user?: string
  readonly host?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
}

/** Requests, errors and latency apart by release and whatever `by` names. */
export function fetchMeasures(
  service: string,
  stage: string,
  asked: { readonly by: readonly string[]; readonly from: number; readonly limit: number },
): Promise<MeasuresView> {
  const { by, from, limit } = asked
  return readJson(inStage(service, stage, `measures${search({ by: by.join(','), from, limit })}`))
}

/** Which rule a request would get, and why not the others. */
export async function explainRoute(
  service: string,
  stage: string,
  asked: AskedRequest,
): Promise<Explanation> {
  const answer = await send(inStage(service, stage, 'routes/explain'), jsonRequest('POST', asked))
  if (!answer.ok) throw await failureOf(answer)
  return (await answer.json()) as Explanation
}

export const fetchLookups = (service: string): Promise<readonly LookupRow[]> =>
  readJson(inService(service, 'lookups'))

export function fetchLookupRow(service: string, table: string, key: string): Promise<LookupEntry> {
  return readJson(inTable(service, table, `/rows/${encodeURIComponent(key)}`))
}

/** Puts a whole table in force. `key` is such as `header:x-customer`; empty: the customer, or as it was. */
export function pushLookup(service: string, table: string, key: string, csv: Blob): Promise<Pushed> {
  return pushed(inTable(service, table, search({ key: key === '' ? null : key })), {
    method: 'PUT',
    headers: { 'content-type': 'text/csv' },
    body: csv,
  })
}

export function changeLookup(
  service: string,
  table: string,
  changes: Partial<LookupChanges>,
): Promise<Pushed> {
  return pushed(inTable(service, table, ''), jsonRequest('PATCH', changes))
}

export async function removeLookup(service: string, table: string): Promise<void> {
  const answer = await send(inTable(service, table, ''), { method: 'DELETE' })
  if (!answer.ok) throw await failureOf(answer)
}

/** A table that is refused comes with a status of its own and still carries the whole answer. */
async function pushed(address: string, init: RequestInit): Promise<Pushed> {
  const answer = await send(address, init)
  const body = await bodyOf(answer)
  if (isRecord(body) && 'done' in body) return body as Pushed
  throw asFailure(answer.status, body)
}

function jsonRequest(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function inService(service: string, rest: string): string {
  return `/api/services/${encodeURIComponent(service)}/${rest}`
}

function inStage(service: string, stage: string, rest: string): string {
  return inService(service, `stages/${encodeURIComponent(stage)}/${rest}`)
}

function inTable(service: string, table: string, rest: string): string {
  return inService(service, `lookups/${encodeURIComponent(table)}${rest}`)
}

/** Tries an act. A refusal is an answer, not a failure; `dryRun` changes nothing. */
export async function tryAct<Name extends ActName>(request: {
  readonly service: string
  readonly act: Name
  readonly body: Partial<ActBody<Name>>
  readonly dryRun: boolean
  /** Meant for the stage of that name in every service. */
  readonly isEverywhere?: boolean
}): Promise<ActOutcome> {
  const { act, isEverywhere = false } = request
  // Whom to suspect is another question in every service.
  const { stage, suspect: _, ...shared } = request.body as Partial<ActBody<'lock'>>
  const address = isEverywhere
    ? `/api/stages/${encodeURIComponent(stage ?? '')}/acts/${act}`
    : inService(request.service, `acts/${act}`)
  const answer = await send(
    request.dryRun ? `${address}?dryRun=true` : address,
    jsonRequest('POST', isEverywhere ? shared : request.body),
  )
  // Refusals come with a status of their own (409, 422) and still carry the whole outcome.
  const body = await bodyOf(answer)
  if (isRecord(body) && 'done' in body) return body as ActOutcome
  throw asFailure(answer.status, body)
}

export async function signIn(token: string): Promise<void> {
  const answer = await send('/api/session', jsonRequest('POST', { token }))
  if (!answer.ok) throw await failureOf(answer)
}

async function readJson<Shape>(address: string): Promise<Shape> {
  const answer = await send(address, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw await failureOf(answer)
  return (await answer.json()) as Shape
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...init, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    throw new ApiFailure({
      status: 0,
      code: 'page/no-answer',
      text: 'The server did not answer. Customers are still served: the router runs without it.',
    })
  }
}

async function failureOf(answer: Response): Promise<ApiFailure> {
  return asFailure(answer.status, await bodyOf(answer))
}

async function bodyOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json()
  } catch {
    return null
  }
}

function asFailure(status: number, body: unknown): ApiFailure {
  const said = isRecord(body) && isRecord(body['error']) ? body['error'] : isRecord(body) ? body : {}
  const text = firstText(said['text'], said['message'], said['error'])
  return new ApiFailure({
    status,
    code: firstText(said['code']) ?? `http/${status}`,
    text: text ?? `The server answered ${status}.`,
  })
}

function firstText(...candidates: readonly unknown[]): string | null {
  for (const candidate of candidates) if (typeof candidate === 'string' && candidate !== '') return candidate
  return null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function search(query: Readonly<Record<string, string | number | null>>): string {
  const words = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== null) words.set(key, String(value))
  const text = words.toString()
  return text === '' ? '' : `?${text}`
}
