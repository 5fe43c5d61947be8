// Artifacts that a team's own CI built: sent as they are, however large, and never held in memory.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  artifactOutcomeSchema,
  CHECKSUM,
  keptArtifactSchema,
  PROVENANCE_MAX,
  WHOLE_SHA,
} from '../api/artifact.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'
import { knownService } from './known.ts'
import { answers, changeProblems, serviceParam } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

const ARCHIVE: string = 'application/gzip'

/** Where archives go in: larger bodies that take longer, and no JSON. `path` is without its query. */
export function isArtifactUpload(method: string, path: string): boolean {
  return method === 'PUT' && /^\/api\/services\/[^/]+\/artifacts\/[^/]+$/.test(path)
}

const sha = z.string().regex(WHOLE_SHA, 'must be the whole name of a commit: 40 or 64 hexadecimal digits')

export function addArtifactRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/artifacts',
      summary: 'Artifacts that were added and whose commit is not merged yet',
      request: { params: z.object({ service: serviceParam }) },
      responses: answers('The artifacts, oldest first', z.array(keptArtifactSchema)),
    }),
    async (c) => {
      const { service } = await knownService(control, c.req.valid('param').service)
      return c.json([...(await control.artifacts.kept(service))], 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'put',
      path: '/api/services/{service}/artifacts/{sha}',
      summary: 'Add what your own CI built of a commit: a tar archive, gzipped or not',
      request: {
        params: z.object({ service: serviceParam, sha }),
        query: z.object({
          checksum: z
            .string()
            .regex(CHECKSUM, 'must be sha256:… of the bytes that are sent')
            .optional()
            .describe('sha256:… of the body; what differs is refused'),
          provenance: z
            .string()
            .max(PROVENANCE_MAX, `must not be longer than ${PROVENANCE_MAX} characters`)
            .optional()
            .describe('Kept beside it: how and where it was built'),
        }),
        body: {
          required: true,
          content: { [ARCHIVE]: { schema: z.string().openapi({ format: 'binary' }) } },
        },
      },
      responses: {
        ...answers('It is kept, and goes on once its commit is merged', artifactOutcomeSchema),
        409: {
          description: 'It was not taken; the text says why',
          content: { 'application/json': { schema: artifactOutcomeSchema } },
        },
        ...changeProblems,
      },
    }),
    async (c) => {
      const { service, sha: commit } = c.req.valid('param')
      await knownService(control, service)
      const { checksum, provenance } = c.req.valid('query')
      const { body } = c.req.raw
      if (!body) throw new HttpProblem(400, 'request/bad-body', 'the archive is missing; send it as the body')
      const archive: AsyncIterable<Uint8Array> = body
      const outcome = await control.artifacts.add({
        service,
        sha: commit,
        checksum: checksum === undefined ? null : `sha256:${checksum.replace('sha256:', '').toLowerCase()}`,
        provenance: provenance === undefined || provenance.trim() === '' ? null : provenance,
        person: c.get('person').name,
        archive,
      })
      // What was not read to its end cannot be followed by another request.
      if (!outcome.done) c.header('connection', 'close')
      return outcome.done ? c.json(outcome, 200) : c.json(outcome, 409)
    },
  )
}
