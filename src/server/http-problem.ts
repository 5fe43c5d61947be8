// Everything the API answers outside 2xx, apart from a refused act: thrown anywhere, answered and logged in one place.
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Problem } from '../api/wire.ts'
import type { Ids } from '../ports/ids.ts'
import type { Log } from '../ports/log.ts'
import { PortFailure } from '../ports/port-failure.ts'

export class HttpProblem extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly issues: Problem['issues']
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    text: string,
    more: {
      readonly issues?: Problem['issues']
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(text, { cause: more.cause })
    this.name = 'HttpProblem'
    this.status = status
    this.code = code
    this.issues = more.issues ?? []
    this.headers = more.headers ?? {}
  }
}

/** `error` in the log where a person must look, `warn` where the request was at fault. The id leads from one to the other. */
export function answerProblem(parts: { readonly log: Log; readonly ids: Ids }) {
  return (error: unknown, c: Context): Response => {
    const problem = asHttpProblem(error)
    const id = parts.ids.next('err')
    const fields = {
      id,
      code: problem.code,
      status: problem.status,
      method: c.req.method,
      path: c.req.path,
      text: problem.message,
    }
    if (problem.status >= 500)
      parts.log.error({ ...fields, error: problem.cause ?? problem }, 'a request failed')
    else parts.log.warn(fields, 'a request was turned away')
    const body: Problem = { code: problem.code, text: problem.message, id, issues: [...problem.issues] }
    for (const [name, value] of Object.entries(problem.headers)) c.header(name, value)
    return c.json(body, problem.status)
  }
}

function asHttpProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof PortFailure) {
    const status = error.again === 'retry' ? 503 : 500
    return new HttpProblem(status, error.code, error.message, { cause: error.cause ?? error })
  }
  if (error instanceof HTTPException) return fromHono(error)
  return new HttpProblem(
    500,
    'server/defect',
    'the server made a mistake; the id of this answer is in its log, with what went wrong',
    { cause: error },
  )
}

function fromHono(error: HTTPException): HttpProblem {
  if (error.status === 403)
    return new HttpProblem(
      403,
      'request/other-site',
      'requests that change something must come from this server’s own page or from a program: send JSON with the header content-type: application/json',
    )
  if (error.status === 400)
    return new HttpProblem(
      400,
      'request/bad-body',
      'the body is not JSON; send one JSON object with the header content-type: application/json',
    )
  return new HttpProblem(error.status, 'request/refused', error.message)
}
