// How programs of one person find the server that runs: a small file in the state folder (XDG), written by the server
// once it listens and removed when it ends. It says where, never who: no secret is in it.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { z } from 'zod'

const recordSchema = z.object({
  address: z.url(),
  pid: z.number().int(),
  version: z.string(),
  /** Milliseconds since 1970 UTC. */
  startedAt: z.number().int(),
})
export type ServerRecord = z.infer<typeof recordSchema>

/** The folder that Sluice keeps its state in: SLUICE_STATE, else `$XDG_STATE_HOME/sluice` or what is usual here. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['SLUICE_STATE']
  if (named !== undefined && named !== '') return named
  const xdg = env['XDG_STATE_HOME']
  if (xdg !== undefined && xdg.startsWith('/')) return join(xdg, 'sluice')
  return envPaths('sluice', { suffix: '' }).log
}

export function serverRecordFile(state: string): string {
  return join(state, 'server.json')
}

export async function writeServerRecord(state: string, record: ServerRecord): Promise<void> {
  const file = serverRecordFile(state)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.next`, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  await rename(`${file}.next`, file)
}

export async function removeServerRecord(state: string): Promise<void> {
  await rm(serverRecordFile(state), { force: true })
}

/** Null when there is none or it cannot be read: then no server is known to run. */
export async function readServerRecord(state: string): Promise<ServerRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(serverRecordFile(state), 'utf8')))
  } catch {
    // No file, no right to it, or half a file of a crash all mean the same to who looks for a server.
    return null
  }
}
