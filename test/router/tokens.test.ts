import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:http2'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TokenCheck } from '../../src/domain/traffic/plan.ts'
import type { RouteRule } from '../../src/domain/traffic/route-rule.ts'
import type { RouterOptions } from '../../src/router/create-router.ts'
import { arm, get, RawClient, startLab, startRelease, stateFolder, systemClock, until } from './router-lab.ts'

type Signer = { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: JWK }

async function signer(kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

/** One who signs tokens and shows the keys, or does not. */
async function startIssuer() {
  const anna = await signer('first')
  const issuer = { signers: [anna], isDown: false, asked: 0, answer: undefined as string | undefined }
  const server = createServer((_req, res) => {
    issuer.asked += 1
    if (issuer.isDown) res.writeHead(500).end('down')
    else res.end(issuer.answer ?? JSON.stringify({ keys: issuer.signers.map(({ jwk }) => jwk) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const keys = `http://127.0.0.1:${port}/jwks.json`
  const sign = (claims: JWTPayload, by = anna) =>
    new SignJWT({ iss: 'login', aud: 'shop', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: by.kid })
      .setExpirationTime(claims.exp ?? '1h')
      .sign(by.privateKey)
  return { issuer, keys, sign }
}

const rule: RouteRule = {
  id: 'rule-1',
  when: [{ attribute: { from: 'claim', name: 'org.plan' }, test: { op: 'is', value: 'größe' } }],
  percent: 100,
  salt: 's',
  to: { release: 13 },
  expiresAt: null,
  reason: 'plan',
  by: 'anna',
  since: 1,
}

async function labWith(
  keys: string,
  changes: Partial<TokenCheck> = {},
  options: Partial<RouterOptions> = {},
) {
  const [twelve, thirteen] = [await startRelease('r12'), await startRelease('r13')]
  const lab = await startLab({ ...options, limits: { keysAgainMs: 50, ...options.limits } })
  const tokens: TokenCheck = { keys, from: { from: 'header', name: 'authorization' }, ...changes }
  const arms = [arm(12, 100, [twelve.port]), arm(13, 0, [thirteen.port])]
  await lab.apply({ tokens, arms, rules: [rule] })
  const bearer = async (token: string) =>
    (await get(lab.port, 'shop.localhost', '/', { Authorization: `Bearer ${token}` })).body
  return { lab, bearer }
}

const PLAN = { org: { plan: 'größe' } }

describe('a claim', () => {
  test('of a verified token leads by a rule, over HTTP/1.1 and HTTP/2, and a request without token is led by none', async () => {
    const { keys, sign } = await startIssuer()
    const { lab, bearer } = await labWith(keys)
    const token = await sign(PLAN)
    expect(await bearer(token)).toBe('r13')
    expect(await bearer(await sign({ org: { plan: 'free' } }))).toBe('r12')
    expect((await get(lab.port, 'shop.localhost')).body).toBe('r12')
    const session = connect(`http://127.0.0.1:${lab.port}`)
    onTestFinished(() => session.destroy())
    const fresh = await sign({ ...PLAN, jti: 'another' })
    const stream = session.request({ ':authority': 'shop.localhost', authorization: `Bearer ${fresh}` })
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(headers['x-sluice-release']).toBe('13')
  })

  test('may come in a cookie', async () => {
    const { keys, sign } = await startIssuer()
    const { lab } = await labWith(keys, { from: { from: 'cookie', name: 'session' } })
    const answer = await get(lab.port, 'shop.localhost', '/', { Cookie: `a=b; session=${await sign(PLAN)}` })
    expect(answer.body).toBe('r13')
  })

  test('of a token by somebody else, changed, unsigned, signed with the public key, for others or expired says nothing', async () => {
    const { keys, sign, issuer } = await startIssuer()
    const { bearer } = await labWith(keys, { issuer: 'login', audience: 'shop' })
    const good = await sign(PLAN)
    expect(await bearer(good)).toBe('r13')
    const stranger = await signer('first')
    const [head = '', , signature = ''] = good.split('.')
    const changed = Buffer.from(JSON.stringify({ iss: 'login', aud: 'shop', exp: 9e9, ...PLAN })).toString(
      'base64url',
    )
    const publicKey = new TextEncoder().encode(JSON.stringify(issuer.signers[0]?.jwk))
    const confused = await new SignJWT({ iss: 'login', aud: 'shop', ...PLAN })
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .sign(publicKey)
    const bad = {
      stranger: await sign(PLAN, stranger),
      changed: `${head}.${changed}.${signature}`,
      unsigned: new UnsecuredJWT({ iss: 'login', aud: 'shop', ...PLAN }).encode(),
      confused,
      otherIssuer: await sign({ ...PLAN, iss: 'evil' }),
      otherAudience: await sign({ ...PLAN, aud: 'bank' }),
      expired: await sign({ ...PLAN, exp: Math.floor(Date.now() / 1000) - 5 }),
      garbage: 'a.b.c',
      huge: `a.${'b'.repeat(9_000)}.c`,
    }
    const led = await Promise.all(
      Object.entries(bad).map(async ([name, token]) => [name, await bearer(token)]),
    )
    expect(Object.fromEntries(led)).toEqual(Object.fromEntries(Object.keys(bad).map((name) => [name, 'r12'])))
  })

  test('ends with its token', async () => {
    const { keys, sign } = await startIssuer()
    let offsetMs = 0
    const clock = { ...systemClock, now: () => Date.now() + offsetMs }
    const { bearer } = await labWith(keys, {}, { clock })
    const token = await sign({ ...PLAN, exp: Math.floor(Date.now() / 1000) + 60 })
    expect(await bearer(token)).toBe('r13')
    offsetMs = 61_000
    expect(await bearer(token)).toBe('r12')
  })
})

describe('keys of tokens', () => {
  test('that cannot be fetched any more are used on, also by the next process, and it is said', async () => {
    const { keys, sign, issuer } = await startIssuer()
    const stateDir = await stateFolder()
    const { bearer, lab } = await labWith(keys, {}, { stateDir, limits: { keysFreshMs: 30 } })
    expect(await bearer(await sign(PLAN))).toBe('r13')
    issuer.isDown = true
    await until('it is said', () =>
      lab.log.some(
        ({ level, sentence }) => level === 'error' && /the last good ones are used/.test(sentence),
      ),
    )
    expect(await bearer(await sign({ ...PLAN, jti: '2' }))).toBe('r13')
    await lab.router.stop()
    expect(await readdir(join(stateDir, 'token-keys'))).toHaveLength(1)
    const again = await startLab({ stateDir })
    const answer = await get(again.port, 'shop.localhost', '/', {
      Authorization: `Bearer ${await sign({ ...PLAN, jti: '3' })}`,
    })
    expect(answer.body).toBe('r13')
  })

  test('that never came let no claim hold, hold up no request for long, and count once they come', async () => {
    const { keys, sign, issuer } = await startIssuer()
    issuer.isDown = true
    const { bearer, lab } = await labWith(keys)
    expect(await bearer(await sign(PLAN))).toBe('r12')
    expect(lab.log.some(({ sentence }) => /no claim holds until they can/.test(sentence))).toBe(true)
    issuer.isDown = false
    await until('they are there', () => lab.log.some(({ sentence }) => /can be fetched again/.test(sentence)))
    expect(await bearer(await sign({ ...PLAN, jti: '2' }))).toBe('r13')
  })

  test('of a new name are looked for, but not by every stranger', async () => {
    const { keys, sign, issuer } = await startIssuer()
    const { bearer } = await labWith(keys, {}, { limits: { keysAgainMs: 100 } })
    expect(await bearer(await sign(PLAN))).toBe('r13')
    const second = await signer('second')
    issuer.signers.push(second)
    await until(
      'the new key counts',
      async () => (await bearer(await sign({ ...PLAN, jti: String(Math.random()) }, second))) === 'r13',
    )
    const asked = issuer.asked
    const made = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => sign(PLAN, await signer(`made-up-${n}`))),
    )
    for (const token of made) expect(await bearer(token)).toBe('r12')
    expect(issuer.asked - asked).toBeLessThanOrEqual(10)
  })

  test.each([
    ['no JSON', '<html>'],
    ['no keys', '{"keys":[]}'],
    ['too much', JSON.stringify({ keys: [{ kty: 'EC', x: 'x'.repeat(400_000) }] })],
  ])('%s in their place changes nothing', async (_, answer) => {
    const { keys, sign, issuer } = await startIssuer()
    const { bearer, lab } = await labWith(keys, {}, { limits: { keysFreshMs: 30 } })
    expect(await bearer(await sign(PLAN))).toBe('r13')
    issuer.answer = answer
    await until('it is said', () =>
      lab.log.some(({ sentence }) => /the last good ones are used/.test(sentence)),
    )
    expect(await bearer(await sign({ ...PLAN, jti: '2' }))).toBe('r13')
  })

  test('are waited for without losing what comes meanwhile', async () => {
    const { sign, issuer } = await startIssuer()
    const slow = createServer(
      (_req, res) =>
        void setTimeout(() => res.end(JSON.stringify({ keys: issuer.signers.map(({ jwk }) => jwk) })), 150),
    )
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void slow.close())
    const address = slow.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const echo = await startRelease('r13', (req, res) => void req.pipe(res))
    const lab = await startLab()
    const tokens: TokenCheck = {
      keys: `http://127.0.0.1:${port}/`,
      from: { from: 'header', name: 'authorization' },
    }
    await lab.apply({
      tokens,
      arms: [arm(12, 100, [await startRelease('r12').then((one) => one.port)]), arm(13, 0, [echo.port])],
      rules: [rule],
    })
    const client = new RawClient(lab.port).send(
      `POST / HTTP/1.1\r\nHost: shop.localhost\r\nAuthorization: Bearer ${await sign(PLAN)}\r\nContent-Length: 10\r\n\r\nhello`,
    )
    await new Promise((resolve) => setImmediate(resolve))
    client.send('world')
    client.send('GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n')
    const text = await client.seesEnd()
    expect(text).toContain('helloworld')
    expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(2)
  })
})
