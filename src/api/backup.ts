// Backups over the wire. They lie on the server's machine, beside its store.
import { z } from '@hono/zod-openapi'

export const backupSchema = z
  .object({
    file: z.string().describe('On the machine of the server'),
    at: z.number().int(),
    position: z.number().int().describe('Position of the last event in it'),
    bytes: z.number().int(),
  })
  .openapi('Backup')
export type BackupRow = z.infer<typeof backupSchema>
