import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { testServers } from '../../test/fakes/running-server.ts'

const start = testServers()

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

  test('the streams of a token end with it', async () => {
    const { url, tokens } = await start()
    const made = await tokens.add({ name: 'anna', readOnly: false, by: 'operator' })
    const hers = await listen(`${url}/api/events`, { authorization: `Bearer ${made?.token}` })
    const mine = await listen(`${url}/api/events`)
    await hers.until('"position":40')
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/api/tokens?name=anna`, { method: 'DELETE', headers })).status).toBe(204)
    await hers.ended
    await mine.until('"position":40')
    mine.stop()
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
