// One line of JSON for each request that was sampled, and for every one that went wrong. Put together by hand: it is
// written for every request of the data plane.
import type { RequestHead } from './http1/request-head.ts'
import { FIELD } from './http1/field-names.ts'
import type { ServedPlan } from './plan-table.ts'

/** How a request ended. `page`: answered by the router itself. */
export type AccessEnd = 'complete' | 'broken-off' | 'client-left' | 'cut' | 'page' | 'upgraded'

export type Access = {
  /** Undefined for a request that was not understood. */
  readonly head: RequestHead | undefined
  readonly client: string
  /** Undefined where the address led nowhere. */
  readonly served: ServedPlan | undefined
  readonly release: number | undefined
  readonly status: number
  readonly end: AccessEnd
  readonly ms: number
  /** Of the answer's body. */
  readonly bytes: number
  /** Stands on the page that the client was shown. */
  readonly id: string | undefined
  /** Of a check, through a door: no user asked. */
  readonly isCheck: boolean
}

export type AccessLog = {
  note(access: Access): void
}

export type AccessLogOptions = {
  /** Takes whole lines. */
  readonly write: (line: string) => void
  /** Share of the requests that went well, 0 to 1. What went wrong is always told. */
  readonly share: number
  readonly now: () => number
}

export function createAccessLog({ write, share, now }: AccessLogOptions): AccessLog {
  let wentWell = 0
  const telling = share < 1 ? `,"share":${share}` : ''
  return {
    note(access) {
      const wentWrong = access.status >= 500 || access.end === 'broken-off' || access.end === 'cut'
      if (!wentWrong) {
        wentWell += 1
        if (Math.floor(wentWell * share) === Math.floor((wentWell - 1) * share)) return
      }
      write(`${lineOf(access, now())}${wentWrong ? '' : telling}}\n`)
    },
  }
}

function lineOf(access: Access, nowMs: number): string {
  const { head, served, release, id } = access
  let line = `{"at":"${isoTime(nowMs)}","client":"${access.client}"`
  if (served !== undefined) {
    const { service, stage } = served.plan.environment
    line += `,"service":"${service}","stage":"${stage}"`
  }
  if (release !== undefined) line += `,"release":${release}`
  if (head !== undefined) {
    // A query may hold what is nobody's business.
    const query = head.path.indexOf('?')
    const path = query < 0 ? head.path : head.path.slice(0, query)
    line += `,"method":"${head.method}","host":"${head.host}","path":${quoted(path)}`
    const trace = head.joined(FIELD.traceparent)
    if (trace !== undefined) line += `,"traceparent":${quoted(trace)}`
  }
  line += `,"status":${access.status},"end":"${access.end}","ms":${access.ms.toFixed(3)},"bytes":${access.bytes}`
  if (id !== undefined) line += `,"id":"${id}"`
  return access.isCheck ? `${line},"check":true` : line
}

/** Visible ASCII as a rule, and then two signs are all that could disturb. */
function quoted(text: string): string {
  return /["\\]|[^\x20-\x7e]/.test(text) ? JSON.stringify(text) : `"${text}"`
}

let secondOfPrefix = -1
let prefix = ''

function isoTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== secondOfPrefix) {
    secondOfPrefix = second
    prefix = new Date(second * 1000).toISOString().slice(0, 20)
  }
  return `${prefix}${String(Math.floor(nowMs) % 1000).padStart(3, '0')}Z`
}
