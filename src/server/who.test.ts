import { describe, expect, test } from 'vitest'
import { post, rawGet } from '../../test/fakes/http.ts'
import { testServers } from '../../test/fakes/running-server.ts'

const start = testServers()

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
