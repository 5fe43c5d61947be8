// The router processes of a state folder, found by their sockets, and how to ask them.
import { mkdirSync, readdirSync } from 'node:fs'
import { readFile, unlink } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import type { z } from 'zod'
import { refusalSchema } from './wire.ts'

/** A path in a unix socket's address has room for 107 bytes on Linux. */
export const SOCKET_PATH_BYTES_MAX = 107
const SOCKET_NAME = /^(\d+)-[0-9a-f]+\.sock$/
const ANSWER_BYTES_MAX = 16 * 1024 * 1024

export type RouterProcess = { readonly pid: number; readonly socket: string }

export type AdminRequest<T> = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly answer: z.ZodType<T>
  readonly signal: AbortSignal
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The process is gone: nobody listens on its socket and nobody will. */
export class RouterGone extends Error {
  constructor(router: RouterProcess, cause: unknown) {
    super(`router process ${router.pid} is gone`, { cause })
    this.name = 'RouterGone'
  }
}

/** The process answered no. `code` is one of the router's. */
export class RouterRefused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'RouterRefused'
    this.code = code
  }
}

export function routersFolder(stateDir: string): string {
  return join(stateDir, 'routers')
}

export async function listRouters(stateDir: string): Promise<readonly RouterProcess[]> {
  const folder = routersFolder(stateDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found: RouterProcess[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const pid = SOCKET_NAME.exec(name)?.[1]
    if (pid !== undefined) found.push({ pid: Number(pid), socket: join(folder, name) })
  }
  return found
}

/**
 * Asks one router process. Throws RouterGone when it is dead (its socket is removed then), RouterRefused when it
 * says no, and anything else when it lives but gave no answer before the signal ended.
 */
export async function askRouter<T>(router: RouterProcess, wish: AdminRequest<T>): Promise<T> {
  const pauseMs = 20
  for (;;) {
    try {
      return await exchange(router, wish)
    } catch (error) {
      if (!nobodyListens(error)) throw error
      if (await isDead(router)) {
        await unlink(router.socket).catch(() => undefined)
        throw new RouterGone(router, error)
      }
      // A process between bind and listen, or the last moment of one that ends.
      if (wish.signal.aborted) throw error
      await wish.sleep(pauseMs, wish.signal)
    }
  }
}

/**
 * A refused connection means that nobody listens. Its process may have ended, or the number may belong to another
 * one by now: then the kernel knows no socket of this path.
 */
async function isDead(router: RouterProcess): Promise<boolean> {
  if (!pidLives(router.pid)) return true
  try {
    return !(await readFile('/proc/net/unix', 'utf8')).includes(` ${router.socket}\n`)
  } catch {
    return false
  }
}

function pidLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function nobodyListens(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
  )
}

function exchange<T>(router: RouterProcess, wish: AdminRequest<T>): Promise<T> {
  const body = wish.body === undefined ? undefined : JSON.stringify(wish.body)
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const { method, path, signal } = wish
    const asked = request({ socketPath: router.socket, method, path, headers, signal, agent: false })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('error', reject)
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX)
          asked.destroy(new Error(`router process ${router.pid} answers without end`))
        chunks.push(chunk)
      })
      answer.on('end', () => {
        try {
          resolve(readAnswer(answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), wish.answer))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
    asked.end(body)
  })
}

function readAnswer<T>(status: number, text: string, schema: z.ZodType<T>): T {
  const json: unknown = JSON.parse(text)
  if (status === 200) return schema.parse(json)
  const refusal = refusalSchema.parse(json)
  throw new RouterRefused(refusal.code, refusal.message)
}
