// Named tokens and browser sessions. Only SHA-256 sums are kept, in one file that its owner alone may read. The file
// is the truth: it is read again when it changed, so that a token can also be added while no server runs.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { MadeToken, TokenRow } from '../api/wire.ts'
import type { Clock } from '../ports/clock.ts'
import { PortFailure } from '../ports/port-failure.ts'

const SESSION_MS = 30 * 86_400_000
const SESSIONS_MAX = 200
const TOKENS_MAX = 1_000

const fileSchema = z.object({
  format: z.literal(1),
  tokens: z.array(
    z.object({
      name: z.string(),
      sha256: z.string(),
      readOnly: z.boolean(),
      createdAt: z.number(),
      createdBy: z.string(),
    }),
  ),
  sessions: z.array(z.object({ sha256: z.string(), token: z.string(), expiresAt: z.number() })),
})
type Kept = z.infer<typeof fileSchema>

export type Bearer = { readonly name: string; readonly readOnly: boolean }

export interface TokenStore {
  list(): Promise<readonly TokenRow[]>
  /** The secret is in the answer and nowhere else. Undefined when the name is taken. */
  add(request: {
    readonly name: string
    readonly readOnly: boolean
    readonly by: string
  }): Promise<MadeToken | undefined>
  /** False when there is none of that name. Ends its sessions too. */
  revoke(name: string): Promise<boolean>
  /** Whose token this is; takes the same time whichever it is. */
  whose(token: string): Promise<Bearer | undefined>
  /** A browser's session in place of the token, good for 30 days or until the token is revoked. */
  openSession(tokenName: string): Promise<{ readonly session: string; readonly expiresAt: number }>
  whoseSession(session: string): Promise<Bearer | undefined>
  closeSession(session: string): Promise<void>
}

export function createTokenStore(parts: { readonly file: string; readonly clock: Clock }): TokenStore {
  const { clock } = parts
  const { read, change } = createKeptFile(parts.file)
  return {
    list: async () => (await read()).tokens.map(({ sha256: _, ...row }) => row),
    add: ({ name, readOnly, by }) =>
      change((now) => {
        if (now.tokens.some((token) => token.name === name)) return { next: now, answer: undefined }
        if (now.tokens.length >= TOKENS_MAX)
          throw failure('tokens/too-many', `there are already ${TOKENS_MAX} tokens; revoke some`)
        const token = `sluice_${randomBytes(32).toString('base64url')}`
        const row: TokenRow = { name, readOnly, createdAt: clock.now(), createdBy: by }
        const next = { ...now, tokens: [...now.tokens, { ...row, sha256: sha256(token).toString('hex') }] }
        return { next, answer: { ...row, token } }
      }),
    revoke: (name) =>
      change((now) => {
        if (!now.tokens.some((token) => token.name === name)) return { next: now, answer: false }
        return {
          next: {
            ...now,
            tokens: now.tokens.filter((token) => token.name !== name),
            sessions: now.sessions.filter((session) => session.token !== name),
          },
          answer: true,
        }
      }),
    whose: async (token) => find((await read()).tokens, token),
    openSession: (tokenName) =>
      change((now) => {
        const session = randomBytes(32).toString('base64url')
        const expiresAt = clock.now() + SESSION_MS
        const alive = now.sessions.filter((one) => one.expiresAt > clock.now()).slice(1 - SESSIONS_MAX)
        const mine = { sha256: sha256(session).toString('hex'), token: tokenName, expiresAt }
        return { next: { ...now, sessions: [...alive, mine] }, answer: { session, expiresAt } }
      }),
    whoseSession: async (session) => {
      const now = await read()
      const found = find(now.sessions, session)
      if (found === undefined || found.expiresAt <= clock.now()) return undefined
      return now.tokens.find((token) => token.name === found.token)
    },
    closeSession: (session) =>
      change((now) => {
        const found = find(now.sessions, session)
        if (found === undefined) return { next: now, answer: undefined }
        return { next: { ...now, sessions: now.sessions.filter((one) => one !== found) }, answer: undefined }
      }),
  }
}

type KeptFile = {
  readonly read: () => Promise<Kept>
  /** One change at a time: reads what is there, changes it, writes it. */
  readonly change: <T>(how: (now: Kept) => { next: Kept; answer: T }) => Promise<T>
}

function createKeptFile(file: string): KeptFile {
  let kept: Kept = { format: 1, tokens: [], sessions: [] }
  let seen = ''
  let turn: Promise<unknown> = Promise.resolve()

  async function read(): Promise<Kept> {
    const mark = await markOf(file)
    if (mark === seen) return kept
    kept = mark === '' ? { format: 1, tokens: [], sessions: [] } : await readKept(file)
    seen = mark
    return kept
  }

  function change<T>(how: (now: Kept) => { next: Kept; answer: T }): Promise<T> {
    const mine = turn.then(async () => {
      const { next, answer } = how(await read())
      if (next !== kept) {
        await writeKept(file, next)
        kept = next
        seen = await markOf(file)
      }
      return answer
    })
    turn = mine.catch(() => undefined)
    return mine
  }

  return { read, change }
}

function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Looks at every row, also after a match, so that the time says nothing. */
function find<Row extends { sha256: string }>(rows: readonly Row[], secret: string): Row | undefined {
  const sum = sha256(secret)
  let found: Row | undefined
  for (const row of rows) {
    const other = Buffer.from(row.sha256, 'hex')
    if (other.length === sum.length && timingSafeEqual(other, sum)) found = row
  }
  return found
}

async function markOf(file: string): Promise<string> {
  try {
    const at = await stat(file, { bigint: true })
    return `${at.ino}/${at.mtimeNs}/${at.size}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw unreadable(file, error)
  }
}

async function readKept(file: string): Promise<Kept> {
  try {
    // Somebody may have copied it with wider rights; the sums in it are nobody else's business.
    await chmod(file, 0o600)
    return fileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw unreadable(file, error)
  }
}

async function writeKept(file: string, kept: Kept): Promise<void> {
  const next = `${file}.next`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await rm(next, { force: true })
    const handle = await open(next, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(kept, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(next, file)
  } catch (error) {
    throw failure(
      'tokens/not-written',
      `cannot write ${file}: ${said(error)}; check the folder's rights`,
      error,
    )
  }
}

function unreadable(file: string, error: unknown): PortFailure {
  return failure(
    'tokens/unreadable',
    `cannot read the tokens in ${file}: ${said(error)}; put the file right, or move it away and add the tokens anew`,
    error,
  )
}

function failure(code: string, message: string, cause?: unknown): PortFailure {
  return new PortFailure(message, { code, again: 'never', cause })
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
