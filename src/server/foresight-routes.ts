// What is foretold, what piles up, and the branch that would take a change back.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { backlogSchema } from '../api/backlog.ts'
import { forecastSchema } from '../api/forecast.ts'
import { revertBodySchema, revertOutcomeSchema } from '../api/revert.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'
import { knownRelease, knownService } from './known.ts'
import { answers, changeProblems, jsonBody, releaseParam, serviceParam } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

const WITHOUT_MAX = 50

export function addForesightRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  addBacklogRoute(app, control)
  addForecastRoute(app, control)
  addRevertRoute(app, control)
}

function addBacklogRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  const route = createRoute({
    method: 'get',
    path: '/api/services/{service}/backlog',
    summary: 'What piles up before each stage, how risky it looks, and when each change would be live',
    request: { params: z.object({ service: serviceParam }) },
    responses: answers('One list per stage', backlogSchema),
  })
  app.openapi(route, async (c) => {
    const { service } = await knownService(control, c.req.valid('param').service)
    const found = await control.backlog(service)
    if (!found) throw new HttpProblem(404, 'service/unknown', `${service} is not configured yet`)
    return c.json(found, 200)
  })
}

function addForecastRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  const route = createRoute({
    method: 'get',
    path: '/api/services/{service}/forecast',
    summary: 'What would happen from here on if all goes well, also without some changes',
    request: {
      params: z.object({ service: serviceParam }),
      query: z.object({
        without: z
          .string()
          .regex(/^#?[1-9]\d*(,#?[1-9]\d*)*$/, 'must be release numbers with commas between, such as 7,9')
          .optional()
          .describe('Changes that are set aside for it, such as 7,9'),
      }),
    },
    responses: answers('Moves in order, and what stays behind', forecastSchema),
  })
  app.openapi(route, async (c) => {
    const view = await knownService(control, c.req.valid('param').service)
    const { without = '' } = c.req.valid('query')
    const numbers = without.split(',').flatMap((word) => (word === '' ? [] : [Number(word.replace('#', ''))]))
    if (numbers.length > WITHOUT_MAX)
      throw new HttpProblem(
        400,
        'request/bad-parameter',
        `at most ${WITHOUT_MAX} changes can be set aside at once`,
      )
    for (const number of numbers) await knownRelease(control, view, number)
    const found = await control.forecast(view.service, numbers)
    if (!found) throw new HttpProblem(404, 'service/unknown', `${view.service} is not configured yet`)
    return c.json(found, 200)
  })
}

function addRevertRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  const route = createRoute({
    method: 'post',
    path: '/api/services/{service}/releases/{release}/revert',
    summary: 'Prepare a branch and a message that take a change back; nothing is opened or pushed',
    request: {
      params: z.object({ service: serviceParam, release: releaseParam }),
      body: jsonBody(revertBodySchema),
    },
    responses: {
      ...answers('The branch that was prepared', revertOutcomeSchema),
      409: {
        description: 'It cannot be prepared; no branch was made',
        content: { 'application/json': { schema: revertOutcomeSchema } },
      },
      ...changeProblems,
    },
  })
  app.openapi(route, async (c) => {
    const { service, release } = c.req.valid('param')
    const view = await knownService(control, service)
    const row = await knownRelease(control, view, release)
    const outcome = await control.revert({
      service: view.service,
      release: row.release,
      ...c.req.valid('json'),
      person: c.get('person').name,
    })
    return outcome.refusal === null ? c.json(outcome, 200) : c.json(outcome, 409)
  })
}
