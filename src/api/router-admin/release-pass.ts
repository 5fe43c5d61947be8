// The signed header that leads one request to one release: `X-Sluice-Release: <release>.<expiry>.<hmac>`.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment, ReleaseNumber } from '../../domain/names.ts'

export const PASS_HEADER = 'X-Sluice-Release'
const SECRET_FILE = 'release-pass.secret'
const SECRET_BYTES = 32

/** A pass for one release of one environment until `expirySeconds` (since 1970, UTC). */
export function signReleasePass(
  secret: Buffer,
  pass: {
    readonly environment: Environment
    readonly release: ReleaseNumber
    readonly expirySeconds: number
  },
): string {
  const body = `${pass.release}.${pass.expirySeconds}`
  return `${body}.${seal(secret, pass.environment, body)}`
}

/** The release a header value names, if it was signed for this environment and has not expired. */
export function readReleasePass(
  secret: Buffer,
  environment: Environment,
  value: string,
  nowMs: number,
): ReleaseNumber | undefined {
  const parts = /^(\d{1,9})\.(\d{1,12})\.([\w-]{43})$/.exec(value)
  if (parts === null) return undefined
  const [, release, expiry, mark] = parts
  const expected = Buffer.from(seal(secret, environment, `${release}.${expiry}`))
  if (!timingSafeEqual(expected, Buffer.from(mark ?? ''))) return undefined
  return Number(expiry) * 1000 > nowMs ? Number(release) : undefined
}

/** The secret of a state folder; made on first use. Several processes may ask at once and get the same one. */
export async function readPassSecret(stateDir: string): Promise<Buffer> {
  const path = join(stateDir, SECRET_FILE)
  const kept = await readSecret(path)
  if (kept !== undefined) return kept
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const scratch = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(scratch, randomBytes(SECRET_BYTES).toString('hex'), {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  })
  try {
    await link(scratch, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await unlink(scratch)
  }
  const made = await readSecret(path)
  if (made === undefined) throw new Error(`${path} vanished while it was made`)
  return made
}

async function readSecret(path: string): Promise<Buffer | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const secret = Buffer.from(text.trim(), 'hex')
  if (secret.length !== SECRET_BYTES) {
    throw new Error(
      `${path} does not hold ${SECRET_BYTES} bytes in hexadecimal; delete it and a new one is made`,
    )
  }
  return secret
}

function seal(secret: Buffer, environment: Environment, body: string): string {
  return createHmac('sha256', secret)
    .update(`sluice-release\n${environment.service}/${environment.stage}\n${body}`)
    .digest('base64url')
}
