// What a person can do. Each act has a route of its own, so that its body is in the OpenAPI document.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type ActBody, type ActName, actBodies, actOutcomeSchema, acts } from '../api/acts.ts'
import { nearestSentence } from '../api/nearest.ts'
import { addedSchema, folderSchema } from '../api/wire.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'
import { knownService, knownStage } from './known.ts'
import {
  actAnswers,
  answers,
  changeProblems,
  dryRunQuery,
  isDryRun,
  jsonBody,
  serviceParam,
} from './route-parts.ts'
import type { ServerEnv } from './who.ts'

export function addActRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  for (const { act, about } of acts) addActRoute(app, control, act, about)
  app.post('/api/services/:service/acts/:act', (c) => {
    const act = c.req.param('act')
    const names = acts.map((one) => one.act)
    throw new HttpProblem(
      404,
      'act/unknown',
      `there is no act ${JSON.stringify(act)}. ${nearestSentence(act, names)}`,
    )
  })
  addRepositoryRoutes(app, control)
}

function addActRoute<Name extends ActName>(
  app: OpenAPIHono<ServerEnv>,
  control: Control,
  act: Name,
  about: string,
): void {
  const route = createRoute({
    method: 'post',
    path: `/api/services/{service}/acts/${act}`,
    summary: about,
    request: {
      params: z.object({ service: serviceParam }),
      query: z.object({ dryRun: dryRunQuery }),
      body: jsonBody(actBodies[act]),
    },
    responses: actAnswers('What it came to', actOutcomeSchema),
  })
  app.openapi(route, async (c) => {
    // The schema of this very act has read it: the compiler cannot tie the name to the schema, a caller can.
    const body = c.req.valid('json') as ActBody<Name>
    const service = await knownService(control, c.req.valid('param').service)
    if ('stage' in body && typeof body.stage === 'string') knownStage(service, body.stage)
    const { dryRun } = c.req.valid('query')
    const outcome = await control.act({
      act,
      service: service.service,
      body,
      person: c.get('person').name,
      dryRun: isDryRun(dryRun),
    })
    return outcome.refusal === null ? c.json(outcome, 200) : c.json(outcome, 409)
  })
}

function addRepositoryRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/repositories',
      summary: 'Make the services of a repository on this machine known, or apply its changed configuration',
      request: { body: jsonBody(folderSchema) },
      responses: {
        ...answers('Services it has, and what is wrong with its configuration', addedSchema),
        409: {
          description: 'Nothing was added; the problems say why',
          content: { 'application/json': { schema: addedSchema } },
        },
        ...changeProblems,
      },
    }),
    async (c) => {
      const { folder } = c.req.valid('json')
      const added = await control.addRepository({ folder, person: c.get('person').name })
      const body = { services: [...added.services], problems: [...added.problems] }
      return body.services.length === 0 ? c.json(body, 409) : c.json(body, 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/poke',
      summary: 'Say that a repository may have changed, from its post-receive hook',
      request: { body: jsonBody(folderSchema) },
      responses: { 202: { description: 'It will be looked at now' }, ...changeProblems },
    }),
    (c) => {
      control.poke(c.req.valid('json').folder)
      return c.body(null, 202)
    },
  )
}
