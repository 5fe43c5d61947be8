import { expect, test } from 'vitest'
import { arm, countersOf, get, RawClient, startLab, startRelease } from './router-lab.ts'

const LIMIT = 1_000

async function labWithLimit() {
  const seen: string[] = []
  const release = await startRelease('12', (req, res) => {
    let bytes = 0
    req.on('data', (part: Buffer) => (bytes += part.length))
    req.on('end', () => {
      seen.push(`${req.url} ${bytes}`)
      res.end('taken')
    })
  })
  const lab = await startLab({ limits: { clientBodyBytesMax: LIMIT } })
  await lab.apply({ arms: [arm(12, 100, [release.port])] })
  const post = (path: string, rest: string) =>
    new RawClient(lab.port)
      .send(`POST ${path} HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n${rest}`)
      .seesEnd()
  return { lab, seen, post }
}

test('a body that says it is too large is refused with 413, and nothing of it is passed on', async () => {
  const { seen, post, lab } = await labWithLimit()
  expect(await post('/large', `Content-Length: ${LIMIT + 1}\r\n\r\nx`)).toMatch(/^HTTP\/1\.1 413 /)
  expect(await post('/fits', `Content-Length: ${LIMIT}\r\n\r\n${'x'.repeat(LIMIT)}`)).toMatch(
    /^HTTP\/1\.1 200 /,
  )
  expect(seen).toEqual([`/fits ${LIMIT}`])
  expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 0 })
})

test('a chunked body is refused where it grows too large, and the release hears no end of it', async () => {
  const { seen, post, lab } = await labWithLimit()
  const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`
  expect(await post('/grows', `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 413 /,
  )
  expect(await post('/fits', `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(2)}0\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 200 /,
  )
  expect(seen).toEqual([`/fits ${LIMIT}`])
  expect(await countersOf(lab)).toMatchObject({ errors: 0 })
})

test('answers name their release unless that is switched off', async () => {
  const release = await startRelease('12')
  for (const releaseHeader of [true, false]) {
    const lab = await startLab({ releaseHeader })
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const { head, body } = await get(lab.port, 'shop.localhost')
    expect([body, /^x-sluice-release: 12$/im.test(head)]).toEqual(['12', releaseHeader])
  }
})
