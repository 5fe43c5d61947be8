// Caring for the server itself: its backups, and its audit log as a file.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { backupSchema } from '../api/backup.ts'
import type { Control } from './control.ts'
import { answers, changeProblems, optionalNumber } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

const EXPORT_PAGE = 1_000
const LINES_TYPE: string = 'application/x-ndjson'

export function addCareRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/backups',
      summary: 'Backups there are, newest first',
      responses: answers('One per file', z.array(backupSchema)),
    }),
    async (c) => c.json([...(await control.backups())], 200),
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/backups',
      summary: 'Make a backup now, and read it through',
      responses: { ...answers('The backup', backupSchema), ...changeProblems },
    }),
    async (c) => c.json(await control.backup(), 200),
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/audit/export',
      summary: 'Every event as a line of JSON, each with the hash of the one before, oldest first',
      request: { query: z.object({ after: optionalNumber.describe('Only events with a larger position') }) },
      responses: {
        200: { description: 'JSON lines', content: { [LINES_TYPE]: { schema: z.string() } } },
        ...answers.problems,
      },
    }),
    (c) => {
      const { after } = c.req.valid('query')
      return new Response(exportFrom(control, after ?? 0), { headers: { 'content-type': LINES_TYPE } })
    },
  )
}

/** Page by page, as fast as it is read. What is appended meanwhile comes along. */
function exportFrom(control: Control, start: number): ReadableStream<Uint8Array> {
  const text = new TextEncoder()
  let after = start
  return new ReadableStream({
    pull: async (controller) => {
      const { lines, last } = await control.auditLines(after, EXPORT_PAGE)
      after = last
      if (lines.length === 0) controller.close()
      else controller.enqueue(text.encode(`${lines.join('\n')}\n`))
    },
  })
}
