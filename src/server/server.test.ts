import { describe, expect, test } from 'vitest'
import { post, rawGet } from '../../test/fakes/http.ts'
import { memoryControl } from '../../test/fakes/memory-control.ts'
import { testServers } from '../../test/fakes/running-server.ts'
import { problemSchema } from '../api/wire.ts'
import { PortFailure } from '../ports/port-failure.ts'

const start = testServers()

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
    expect(await (await fetch(`${url}/api/audit?service=shop&release=12`)).json()).toEqual([])
    const whose = await fetch(`${url}/api/audit?release=12`)
    expect([whose.status, await whose.json()]).toMatchObject([400, { code: 'audit/needs-service' }])
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
