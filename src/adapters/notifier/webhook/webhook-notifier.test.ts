import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../../ports/clock.ts'
import type { Notice } from '../../../ports/notifier.ts'
import { createWebhookNotifier } from './webhook-notifier.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const clock: Clock = { now: () => Date.now(), monotonicMs: () => 0, sleep: async () => undefined }
const notice: Notice = {
  id: 'event_41',
  at: Date.UTC(2026, 10, 20),
  type: 'release.rolled-back',
  service: 'shop',
  stage: 'production',
  text: '#12 was rolled back in production: größer ✓',
  to: ['anna@example.com'],
  facts: { release: 12 },
}

type Taken = { readonly headers: IncomingHttpHeaders; readonly body: string }
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function receiver(answer: (response: ServerResponse) => void) {
  const taken: Taken[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      taken.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=private`, taken }
}

describe('a webhook', () => {
  test('is signed so that the library of a receiver accepts it, and refuses it once a letter is changed', async () => {
    const { url, taken } = await receiver((response) => response.writeHead(204).end())
    await createWebhookNotifier({ url, secret: SECRET, clock }).send(notice)
    const [one] = taken
    if (one === undefined) return expect.unreachable('nothing came')
    const headers = one.headers as Record<string, string>
    expect(new Webhook(SECRET).verify(one.body, headers)).toEqual({
      type: 'release.rolled-back',
      timestamp: '2026-11-20T00:00:00.000Z',
      data: {
        id: 'event_41',
        service: 'shop',
        stage: 'production',
        text: notice.text,
        to: notice.to,
        facts: { release: 12 },
      },
    })
    expect(headers['webhook-id']).toBe('event_41')
    expect(() => new Webhook(SECRET).verify(one.body.replace('shop', 'shoq'), headers)).toThrow()
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
    expect(() => new Webhook(other).verify(one.body, headers)).toThrow()
  })

  test('is never sent unsigned', () => {
    for (const secret of ['', 'whsec_', 'whsec_c2hvcnQ=', 'short'])
      expect(() => createWebhookNotifier({ url: 'https://example.com', secret, clock })).toThrow(
        expect.objectContaining({ code: 'notifier/no-secret', again: 'never' }),
      )
    for (const url of ['', 'file:///etc/passwd', 'example.com/x'])
      expect(() => createWebhookNotifier({ url, secret: SECRET, clock })).toThrow(
        expect.objectContaining({ code: 'notifier/bad-url' }),
      )
  })

  test.each([
    [400, 'never'],
    [401, 'never'],
    [404, 'never'],
    [410, 'never'],
    [302, 'never'],
    [408, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('an answer of %i is tried again: %s', async (status, again) => {
    const { url, taken } = await receiver((response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('no'),
    )
    const failure = createWebhookNotifier({ url, secret: SECRET, clock }).send(notice)
    await expect(failure).rejects.toMatchObject({ again, message: expect.stringContaining(String(status)) })
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('private') })
    expect(taken).toHaveLength(1)
  })

  test('waits as long as the receiver says', async () => {
    const { url } = await receiver((response) => response.writeHead(429, { 'retry-after': '30' }).end())
    await expect(createWebhookNotifier({ url, secret: SECRET, clock }).send(notice)).rejects.toMatchObject({
      afterMs: 30_000,
    })
  })

  test('that is not answered in time, or by nobody, is tried again', async () => {
    const { url } = await receiver(() => undefined)
    const slow = createWebhookNotifier({ url, secret: SECRET, clock, answerMsMax: 50 })
    await expect(slow.send(notice)).rejects.toMatchObject({ code: 'notifier/unreachable', again: 'retry' })
    const nobody = createWebhookNotifier({ url: 'http://127.0.0.1:1/', secret: SECRET, clock })
    await expect(nobody.send(notice)).rejects.toMatchObject({ code: 'notifier/unreachable', again: 'retry' })
  })
})
