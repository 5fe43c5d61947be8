import { mkdir, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { memoryControl } from '../../test/fakes/memory-control.ts'
import { type RunningServer, runServer } from '../../test/fakes/running-server.ts'
import { problemSchema } from '../api/wire.ts'
import { PortFailure } from '../ports/port-failure.ts'

const running: RunningServer[] = []
async function start(more: Parameters<typeof runServer>[0] = {}): Promise<RunningServer> {
  const one = await runServer(more)
  running.push(one)
  return one
}
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** For what fetch does not let one set: Host, and requests that break off. */
function rawGet(url: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, url), { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('looking', () => {
  test('the board, releases, why, plan and audit come as they are', async () => {
    const { url, control } = await start()
    const board = await (await fetch(`${url}/api/board`)).json()
    expect(board).toEqual(await control.board())
    expect(await (await fetch(`${url}/api/services/shop/releases?before=11&limit=2`)).json()).toMatchObject([
      { release: 10 },
      { release: 9 },
    ])
    expect(await (await fetch(`${url}/api/services/shop/releases/12`)).json()).toMatchObject({
      release: 12,
      why: [
        { stage: 'staging', why: [] },
        { stage: 'production', why: [{ text: 'bakes in staging' }] },
      ],
    })
    expect(await (await fetch(`${url}/api/services/shop/plan`)).json()).toHaveLength(2)
    expect(await (await fetch(`${url}/api/audit?service=&limit=5`)).json()).toEqual([])
    expect(await (await fetch(`${url}/api/me`)).json()).toEqual({
      name: 'operator',
      mayAct: true,
      via: 'loopback',
      version: '0.0.0-test',
      csrf: null,
    })
  })

  test('a build log comes from an offset, with its total and whether it ended', async () => {
    const { url, control } = await start()
    control.log = { text: 'größe\n', ended: false }
    const answer = await fetch(`${url}/api/services/shop/releases/12/log?offset=2&limit=3`)
    expect(answer.headers.get('x-total')).toBe('8')
    expect(answer.headers.get('x-ended')).toBe('false')
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from('größe\n').subarray(2, 5))
    const output = await fetch(`${url}/api/services/shop/stages/staging/releases/12/output`)
    expect(await output.json()).toEqual([{ instance: 'staging-12-1', text: 'listening\n' }])
  })

  test('an unknown service, stage or release is answered with the nearest', async () => {
    const { url } = await start()
    const cases = [
      ['/api/services/shpo/plan', 'Did you mean "shop"?'],
      ['/api/services/shop/stages/prodution/releases/12/output', 'Did you mean "production"?'],
      ['/api/services/shop/releases/13', 'the nearest is #12'],
    ] as const
    for (const [path, words] of cases) {
      const answer = await fetch(url + path)
      expect(answer.status).toBe(404)
      expect(problemSchema.parse(await answer.json()).text).toContain(words)
    }
  })

  test('what it does not know is a problem in words, with a route list to look at', async () => {
    const { url } = await start()
    const answer = await fetch(`${url}/api/bord`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'request/unknown-route' })
    const number = await fetch(`${url}/api/services/shop/releases/twelve`)
    expect(number.status).toBe(400)
    expect(await number.json()).toMatchObject({ issues: [{ where: 'path.release' }] })
  })

  test('health is told to anybody, also under a strange host name', async () => {
    const { url, control } = await start()
    expect(await rawGet(url, '/livez', { host: 'pod-7.cluster' })).toBe(200)
    expect(await rawGet(url, '/readyz', { host: 'pod-7.cluster' })).toBe(200)
    control.readyNow = { ready: false, why: 'reading the event log' }
    const answer = await fetch(`${url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('reading the event log')
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('sluice_up 1')
  })
})

describe('acting', () => {
  test('an act is done in the name of the person, with the defaults filled in', async () => {
    const { url, control } = await start()
    const answer = await post(`${url}/api/services/shop/acts/lock`, { stage: 'production' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ done: true, refusal: null })
    expect(control.asked).toMatchObject([
      {
        act: 'lock',
        service: 'shop',
        person: 'operator',
        dryRun: false,
        body: { reason: 'suspected trouble' },
      },
    ])
  })

  test('a dry run says what would happen and changes nothing', async () => {
    const { url, control } = await start()
    const before = JSON.stringify(control.services)
    const answer = await post(`${url}/api/services/shop/acts/lock?dryRun=true`, { stage: 'production' })
    expect(await answer.json()).toMatchObject({ done: false, position: null })
    expect(JSON.stringify(control.services)).toBe(before)
  })

  test('a refusal is 409 with the outcome in the words of the rules', async () => {
    const { url } = await start()
    const answer = await post(`${url}/api/services/shop/acts/unlock`, { stage: 'production' })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({
      done: false,
      refusal: { code: 'lock/none', text: 'production is not locked' },
    })
  })

  test('a bad body is 400 and says what is wrong, where, and what to do', async () => {
    const { url, control } = await start()
    const wrong = await post(`${url}/api/services/shop/acts/rollback`, { stage: 'production', to: 'x' })
    expect(wrong.status).toBe(400)
    const problem = problemSchema.parse(await wrong.json())
    expect(problem.issues.map((issue) => issue.where)).toEqual(['body.to', 'body.reason'])
    expect(problem.text).toContain('Put this right')
    const broken = await post(`${url}/api/services/shop/acts/rollback`, '{"stage":')
    expect(broken.status).toBe(400)
    expect(await broken.json()).toMatchObject({ code: 'request/bad-body' })
    const unknown = await post(`${url}/api/services/shop/acts/rolback`, {})
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ text: expect.stringContaining('Did you mean "rollback"?') })
    const stage = await post(`${url}/api/services/shop/acts/lock`, { stage: 'prod' })
    expect(stage.status).toBe(404)
    expect(control.asked).toEqual([])
  })

  test('a body over 64 KB is 413, announced or streamed', async () => {
    const { url } = await start()
    const body = JSON.stringify({ stage: 'production', reason: 'x'.repeat(70_000) })
    const announced = await post(`${url}/api/services/shop/acts/lock`, body)
    expect(announced.status).toBe(413)
    const streamed = await fetch(`${url}/api/services/shop/acts/lock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(streamed.status).toBe(413)
    expect(problemSchema.parse(await streamed.json()).text).toContain('64 KB')
  })

  test('a repository is added or refused with its problems, and a poke is passed on', async () => {
    const { url, control } = await start()
    expect((await post(`${url}/api/repositories`, { folder: '/srv/shop' })).status).toBe(200)
    const refused = await post(`${url}/api/repositories`, { folder: '/tmp/x' })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toEqual({ services: [], problems: ['/tmp/x is no git repository'] })
    expect((await post(`${url}/api/poke`, { folder: '/srv/shop' })).status).toBe(202)
    expect(control.poked).toEqual(['/srv/shop'])
  })

  test('a failure outside is 503 with its own words, a mistake of ours 500 without them; the id is in the log', async () => {
    const { url, control, lines } = await start()
    control.failNext = new PortFailure('the disk of /var is full', { code: 'event-log/full', again: 'retry' })
    const outside = await fetch(`${url}/api/board`)
    expect(outside.status).toBe(503)
    expect(await outside.json()).toMatchObject({ code: 'event-log/full', text: 'the disk of /var is full' })
    control.failNext = new TypeError('secret=hunter2 of undefined')
    const ours = await fetch(`${url}/api/board`)
    expect(ours.status).toBe(500)
    const problem = problemSchema.parse(await ours.json())
    expect(JSON.stringify(problem)).not.toContain('hunter2')
    expect(lines.find((line) => line.fields['id'] === problem.id)).toMatchObject({ level: 'error' })
  })
})

describe('who may', () => {
  test('a token names its person, wherever it comes from; a wrong one is 401 and too many are 429', async () => {
    const { url, tokens, control, lines } = await start()
    const made = await tokens.add({ name: 'anna', readOnly: false, by: 'operator' })
    const authorization = `Bearer ${made?.token}`
    await post(`${url}/api/services/shop/acts/lock`, { stage: 'staging' }, { authorization })
    expect(control.asked).toMatchObject([{ person: 'anna' }])
    const statuses: number[] = []
    for (let n = 0; n < 12; n++)
      statuses.push((await fetch(`${url}/api/me`, { headers: { authorization: `Bearer wrong${n}` } })).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
    expect((await fetch(`${url}/api/me`, { headers: { authorization } })).status).toBe(200)
    expect(JSON.stringify(lines)).not.toContain('wrong1')
  })

  test('a read-only token looks and does not act', async () => {
    const { url, tokens, control } = await start()
    const made = await tokens.add({ name: 'wall-screen', readOnly: true, by: 'operator' })
    const headers = { authorization: `Bearer ${made?.token}` }
    expect((await fetch(`${url}/api/board`, { headers })).status).toBe(200)
    for (const path of ['/api/services/shop/acts/lock', '/api/tokens', '/api/repositories', '/api/poke'])
      expect((await post(url + path, { stage: 'staging' }, headers)).status).toBe(403)
    expect((await fetch(`${url}/api/tokens?name=wall-screen`, { method: 'DELETE', headers })).status).toBe(
      403,
    )
    expect(control.asked).toEqual([])
  })

  test('without a token only this machine is trusted, and only when nothing hints at a request from elsewhere', async () => {
    const { url } = await start({ hosts: ['sluice.example.com'] })
    expect(await rawGet(url, '/api/me', {})).toBe(200)
    expect(await rawGet(url, '/api/me', { host: 'localhost:7000' })).toBe(200)
    expect(await rawGet(url, '/api/me', { host: 'evil.example' })).toBe(421)
    expect(await rawGet(url, '/api/me', { host: 'sluice.example.com' })).toBe(401)
    expect(await rawGet(url, '/api/me', { host: '10.0.0.7' })).toBe(401)
    expect(await rawGet(url, '/api/me', { 'x-forwarded-for': '203.0.113.9' })).toBe(401)
    expect(await rawGet(url, '/api/me', { referer: 'https://sluice.example.com/' })).toBe(401)
    const strict = await start({ trustLoopback: false })
    expect(await rawGet(strict.url, '/api/me', {})).toBe(401)
    expect(await rawGet(strict.url, '/metrics', {})).toBe(401)
  })

  test('another site’s page cannot act, nor one on another port of this name', async () => {
    const { url, control } = await start()
    const lock = `${url}/api/services/shop/acts/lock`
    const body = { stage: 'staging' }
    expect((await post(lock, body, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(lock, body, { origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect((await post(lock, body, { origin: 'null' })).status).toBe(403)
    expect((await post(lock, body, { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await post(lock, body, { 'content-type': 'text/plain' })).status).toBe(403)
    expect((await post(lock, body, { 'content-type': 'application/xml' })).status).toBe(415)
    expect(control.asked).toEqual([])
    expect((await post(lock, body, { origin: url, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    const preflight = await fetch(lock, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('a browser signs in with a token, acts as its person, and is out once the token is revoked', async () => {
    const { url, tokens, control } = await start({ trustLoopback: false })
    const made = await tokens.add({ name: 'anna', readOnly: false, by: 'operator' })
    expect((await post(`${url}/api/session`, { token: 'sluice_no' })).status).toBe(401)
    const signedIn = await post(`${url}/api/session`, { token: made?.token })
    const set = signedIn.headers.get('set-cookie') ?? ''
    expect(set).toMatch(/HttpOnly/)
    expect(set).toMatch(/SameSite=Strict/)
    expect(set).not.toContain(made?.token)
    const cookie = set.split(';')[0] ?? ''
    expect((await post(`${url}/api/services/shop/acts/lock`, { stage: 'staging' }, { cookie })).status).toBe(
      200,
    )
    expect(control.asked).toMatchObject([{ person: 'anna' }])
    await tokens.revoke('anna')
    expect((await fetch(`${url}/api/me`, { headers: { cookie } })).status).toBe(401)
  })

  test('signing out ends the session itself, not only the cookie', async () => {
    const { url, tokens } = await start({ trustLoopback: false })
    const made = await tokens.add({ name: 'anna', readOnly: false, by: 'operator' })
    const signedIn = await post(`${url}/api/session`, { token: made?.token })
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const headers = { cookie, 'content-type': 'application/json' }
    expect((await fetch(`${url}/api/session`, { method: 'DELETE', headers })).status).toBe(204)
    expect((await fetch(`${url}/api/me`, { headers: { cookie } })).status).toBe(401)
  })

  test('tokens are made once, listed without their secret and revoked', async () => {
    const { url } = await start()
    const made = await post(`${url}/api/tokens`, { name: 'anna' })
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({
      name: 'anna',
      readOnly: false,
      createdBy: 'operator',
      token: expect.stringMatching(/^sluice_[A-Za-z0-9_-]{43}$/),
    })
    expect((await post(`${url}/api/tokens`, { name: 'anna' })).status).toBe(409)
    expect((await post(`${url}/api/tokens`, { name: '../x' })).status).toBe(400)
    const listed = await (await fetch(`${url}/api/tokens`)).text()
    expect(listed).toContain('anna')
    expect(listed).not.toMatch(/sluice_|sha256/)
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/api/tokens?name=ana`, { method: 'DELETE', headers })).status).toBe(404)
    expect((await fetch(`${url}/api/tokens?name=anna`, { method: 'DELETE', headers })).status).toBe(204)
    expect(await (await fetch(`${url}/api/tokens`)).json()).toEqual([])
  })

  test('beyond loopback it does not start without a token, and keeps its last one', async () => {
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
      code: 'server/no-token',
      message: expect.stringContaining('sluice token add'),
    })
    const first = await start()
    const made = await first.tokens.add({ name: 'anna', readOnly: false, by: 'operator' })
    const open = await start({ listen: { host: '0.0.0.0', port: 0 }, tokens: first.tokens })
    const headers = { authorization: `Bearer ${made?.token}` }
    const last = await fetch(`${open.url}/api/tokens?name=anna`, { method: 'DELETE', headers })
    expect(last.status).toBe(409)
  })

  test('a port that is taken is told with what to do', async () => {
    const { server } = await start()
    await expect(start({ listen: { host: '127.0.0.1', port: server.port } })).rejects.toMatchObject({
      code: 'server/port-in-use',
    })
  })
})

describe('the live stream', () => {
  test('a listener hears the newest position at once and each change after it', async () => {
    const { url, control } = await start()
    const reader = await listen(`${url}/api/events`)
    expect(await reader.until('data: {"position":40}')).toContain('event: changed\nid: 40\n')
    control.change()
    await reader.until('data: {"position":41}')
    reader.stop()
  })

  test('one who comes back with the newest id hears only what is new, and a heartbeat meanwhile', async () => {
    const { url, control } = await start({ heartbeatMs: 20 })
    const reader = await listen(`${url}/api/events`, { 'last-event-id': '40' })
    expect(await reader.until(': still here')).not.toContain('changed')
    control.change()
    await reader.until('"position":41')
    reader.stop()
    const late = await listen(`${url}/api/events`, { 'last-event-id': '40' })
    await late.until('"position":41')
    late.stop()
  })

  test('a listener that went away is forgotten', async () => {
    const { url, server } = await start({ heartbeatMs: 20 })
    const reader = await listen(`${url}/api/events`)
    await reader.until('"position":40')
    expect(server.listeners()).toBe(1)
    reader.stop()
    await expect.poll(() => server.listeners()).toBe(0)
  })

  test('one that never reads is dropped, and holds nobody else up', async () => {
    const { server, control, url } = await start({ heartbeatMs: 20 })
    const deaf = connect(server.port, '127.0.0.1')
    deaf.pause()
    deaf.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(() => server.listeners()).toBe(1)
    for (let n = 0; n < 2_000_000 && server.listeners() > 0; n++) {
      control.change()
      await new Promise(setImmediate)
    }
    expect(server.listeners()).toBe(0)
    const reader = await listen(`${url}/api/events`)
    control.change()
    const { position } = await control.board()
    await reader.until(`"position":${position}}`)
    reader.stop()
    deaf.destroy()
  })

  test('closing ends every stream and lets go of the port', async () => {
    const one = await start()
    const reader = await listen(`${one.url}/api/events`)
    await reader.until('"position":40')
    await one.server.close()
    await reader.ended
    await expect(fetch(`${one.url}/livez`)).rejects.toThrow()
  })
})

describe('the page', () => {
  async function built() {
    const one = await runServer()
    const webRoot = join(one.folder, 'web')
    await mkdir(join(webRoot, 'assets'), { recursive: true })
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>board</title>')
    await writeFile(join(webRoot, 'assets/app-Bx7_k2Qd.js'), 'export {}')
    await writeFile(join(one.folder, 'secret.txt'), 'not yours')
    running.push(one)
    return start({ webRoot })
  }

  test('client routes get the page, hashed files stay for ever, missing files are 404', async () => {
    const { url } = await built()
    for (const path of ['/', '/audit', '/services/shop/releases/12']) {
      const answer = await fetch(url + path)
      expect(await answer.text()).toContain('<title>board')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
    }
    const script = await fetch(`${url}/assets/app-Bx7_k2Qd.js`)
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('content-type')).toContain('javascript')
    expect((await fetch(`${url}/assets/app-gone1234.js`)).status).toBe(404)
  })

  test('no path leads out of its folder', async () => {
    const { server } = await built()
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..\\..\\secret.txt',
      '//secret.txt',
      '/%00',
    ]) {
      const answer = await rawPath(server.port, path)
      expect(answer).not.toContain('not yours')
      expect(answer).not.toContain(' 500 ')
    }
  })

  test('a page that is not built says so', async () => {
    const { url } = await start()
    const answer = await fetch(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('not built')
  })
})

test('the fake program refuses what it does not have', async () => {
  const control = memoryControl()
  const outcome = await control.act({
    act: 'rollback',
    service: 'shop',
    body: { stage: 'production', to: 3, reason: 'x' },
    person: 'anna',
    dryRun: false,
  })
  expect(outcome.refusal?.code).toBe('release/not-kept')
})

function rawPath(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (bytes) => (text += String(bytes)))
    socket.once('close', () => resolve(text))
    socket.once('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  })
}

async function listen(url: string, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const answer = await fetch(url, { headers, signal: stop.signal })
  let text = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    try {
      for await (const bytes of answer.body ?? [])
        text = (text + decoder.decode(bytes, { stream: true })).slice(-2_000)
    } catch (error) {
      if (!stop.signal.aborted) throw error
    }
  })()
  return {
    ended,
    stop: () => stop.abort(),
    until: async (words: string) => {
      await expect.poll(() => text, { timeout: 10_000 }).toContain(words)
      return text
    },
  }
}
