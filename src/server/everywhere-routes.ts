// Acts on a stage of every service. One route each, so that every body is in the OpenAPI document.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  type EverywhereActName,
  type EverywhereBody,
  everywhereActs,
  everywhereBodies,
  everywhereOutcomeSchema,
} from '../api/everywhere-acts.ts'
import type { Control } from './control.ts'
import { actAnswers, dryRunQuery, isDryRun, jsonBody, stageParam } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

export function addEverywhereRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  for (const { act, about } of everywhereActs) addRoute(app, control, act, about)
}

function addRoute<Name extends EverywhereActName>(
  app: OpenAPIHono<ServerEnv>,
  control: Control,
  act: Name,
  about: string,
): void {
  const route = createRoute({
    method: 'post',
    path: `/api/stages/{stage}/acts/${act}`,
    summary: about,
    request: {
      params: z.object({ stage: stageParam }),
      query: z.object({ dryRun: dryRunQuery }),
      body: jsonBody(everywhereBodies[act]),
    },
    responses: actAnswers('What it came to, once every service has it', everywhereOutcomeSchema),
  })
  app.openapi(route, async (c) => {
    // The schema of this very act has read it: the compiler cannot tie the name to the schema, a caller can.
    const body = c.req.valid('json') as EverywhereBody<Name>
    const { dryRun } = c.req.valid('query')
    const outcome = await control.actEverywhere({
      act,
      stage: c.req.valid('param').stage,
      body,
      person: c.get('person').name,
      dryRun: isDryRun(dryRun),
    })
    return outcome.refusal === null ? c.json(outcome, 200) : c.json(outcome, 409)
  })
}
