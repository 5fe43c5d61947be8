// What the routes share: their parameters and the answers that every one of them may give.
import { z } from '@hono/zod-openapi'
import { problemSchema } from '../api/wire.ts'

export const serviceParam = z.string().min(1).max(128).describe('Service name')
export const stageParam = z.string().min(1).max(128).describe('Stage name')
export const releaseParam = z
  .string()
  .regex(/^#?[1-9]\d{0,8}$/, 'must be a release number such as 12')
  .transform((text) => Number(text.replace('#', '')))
  .openapi({ type: 'integer', description: 'Release number' })
export const optionalNumber = z.coerce.number().int().min(0).optional()

export const dryRunQuery = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .describe('true: only say what would happen')

/** Whether what was said for `dryRunQuery` means that nothing is to be done. */
export function isDryRun(said: z.infer<typeof dryRunQuery>): boolean {
  return said !== 'false' && said !== '0'
}

export function limitQuery(usual: number, most: number) {
  return z.coerce.number().int().min(1).max(most).default(usual)
}

const problem = { content: { 'application/json': { schema: problemSchema } } }
const problems = {
  400: { description: 'The request is not understood', ...problem },
  401: { description: 'A token is needed, or this one is not known', ...problem },
  404: { description: 'No such service, stage or release; the text names the nearest', ...problem },
  429: { description: 'Too many wrong tokens', ...problem },
  500: { description: 'The server made a mistake', ...problem },
  503: { description: 'Something outside does not answer; try again', ...problem },
}

/** 200 with this body, or one of the problems. */
export function answers<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...problems }
}
answers.problems = problems

/** The problems of requests that change something. */
export const changeProblems = {
  ...problems,
  403: { description: 'A read-only token, or another site’s page', ...problem },
  413: { description: 'The body is too large', ...problem },
  415: { description: 'The body is not JSON', ...problem },
}

/** The answers to an act: what it came to, or why the rules say no, in one shape. */
export function actAnswers<Schema extends z.ZodType>(description: string, schema: Schema) {
  return {
    ...answers(description, schema),
    409: {
      description: 'The rules say no; nothing was changed',
      content: { 'application/json': { schema } },
    },
    ...changeProblems,
  }
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}
