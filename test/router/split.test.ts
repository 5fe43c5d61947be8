import { describe, expect, test } from 'vitest'
import { splitPoint } from '../../src/domain/traffic/sticky-split.ts'
import { arm, countersOf, get, startLab, startRelease } from './router-lab.ts'
import type { Lab } from './router-lab.ts'

async function twoReleases(): Promise<{
  readonly lab: Lab
  readonly share: (percent: number) => Promise<unknown>
}> {
  const [eleven, twelve] = [await startRelease('eleven'), await startRelease('twelve')]
  const lab = await startLab()
  const share = (percent: number) =>
    lab.apply({ arms: [arm(11, 100 - percent, [eleven.port]), arm(12, percent, [twelve.port])] })
  return { lab, share }
}

const cookieOf = (head: string) => /set-cookie: (sluice_user=[^;]+)(.*)/i.exec(head)

describe('a user without a key', () => {
  test('gets a cookie with the first answer and stays where it led', async () => {
    const { lab, share } = await twoReleases()
    await share(50)
    const bodies = new Set<string>()
    for (let user = 0; user < 30; user++) {
      const first = await get(lab.port, 'shop.localhost')
      const cookie = cookieOf(first.head)
      expect(cookie?.[1]).toMatch(/^sluice_user=[0-9a-f]{32}$/)
      expect(cookie?.[2]).toBe('; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax')
      const again = await get(lab.port, 'shop.localhost', '/', { Cookie: `a=b; ${cookie?.[1]}; c=d` })
      expect(again.body).toBe(first.body)
      expect(cookieOf(again.head)).toBeNull()
      bodies.add(first.body)
    }
    expect([...bodies].toSorted()).toEqual(['eleven', 'twelve'])
  })

  test('keeps the candidate while its share grows, and nobody new gets it while it shrinks', async () => {
    const { lab, share } = await twoReleases()
    const users = Array.from({ length: 40 }, (_, n) => n.toString(16).padStart(32, '0'))
    const onCandidate = async () => {
      const seen = new Set<string>()
      for (const user of users) {
        if ((await get(lab.port, 'shop.localhost', '/', { Cookie: `sluice_user=${user}` })).body === 'twelve')
          seen.add(user)
      }
      return seen
    }
    await share(10)
    const tenth = await onCandidate()
    await share(60)
    const most = await onCandidate()
    await share(10)
    expect([...tenth].filter((user) => !most.has(user))).toEqual([])
    expect(most.size).toBeGreaterThan(tenth.size)
    expect(await onCandidate()).toEqual(tenth)
  })

  test('who makes a cookie up gets a proper one', async () => {
    const { lab, share } = await twoReleases()
    await share(50)
    const { head } = await get(lab.port, 'shop.localhost', '/', { Cookie: 'sluice_user=../../x' })
    expect(cookieOf(head)).not.toBeNull()
  })
})

describe.each([
  ['cookie', (user: string) => ({ Cookie: `x=y; uid=${user}` })],
  ['header', (user: string) => ({ 'X-User': user })],
] as const)('a user known by %s', (from, headersOf) => {
  test('goes where the split says, without a cookie of ours; others get one', async () => {
    const [eleven, twelve] = [await startRelease('eleven'), await startRelease('twelve')]
    const lab = await startLab()
    const userKey = { from, name: from === 'cookie' ? 'uid' : 'X-User' }
    await lab.apply({ salt: 's', userKey, arms: [arm(11, 50, [eleven.port]), arm(12, 50, [twelve.port])] })
    for (let n = 0; n < 20; n++) {
      const answer = await get(lab.port, 'shop.localhost', '/', headersOf(`user-${n}`))
      expect(answer.body).toBe(splitPoint('s', `user-${n}`) < 50 ? 'twelve' : 'eleven')
      expect(cookieOf(answer.head)).toBeNull()
    }
    expect(cookieOf((await get(lab.port, 'shop.localhost')).head)).not.toBeNull()
  })
})

test('a share of 10 % is 10 % of many users, as counted', async () => {
  const { lab, share } = await twoReleases()
  await share(10)
  for (let n = 0; n < 600; n++) await get(lab.port, 'shop.localhost')
  const [eleven, twelve] = [await countersOf(lab, 11), await countersOf(lab, 12)]
  expect((eleven?.requests ?? 0) + (twelve?.requests ?? 0)).toBe(600)
  // 60 expected, standard deviation 7.3.
  expect(Math.abs((twelve?.requests ?? 0) - 60)).toBeLessThan(40)
})

describe('an asset with a content hash', () => {
  async function assets() {
    const asked: string[] = []
    const serve = (name: string, has: readonly string[]) =>
      startRelease(name, (req, res) => {
        asked.push(`${name} ${req.method} ${req.url}`)
        if (has.includes(req.url ?? '')) res.end(`${name}'s`)
        else res.writeHead(404).end(`not ${name}'s`)
      })
    const ten = await serve('ten', ['/app-00000010.js', '/plain.js'])
    const eleven = await serve('eleven', ['/app-00000011.js'])
    const twelve = await serve('twelve', ['/app-00000012.js'])
    const lab = await startLab()
    await lab.apply({
      arms: [arm(10, 0, [ten.port]), arm(11, 100, [eleven.port]), arm(12, 0, [twelve.port])],
    })
    return { lab, asked }
  }

  test('that the chosen release lacks comes from another, live or warm, newest first', async () => {
    const { lab, asked } = await assets()
    const answer = await get(lab.port, 'shop.localhost', '/app-00000010.js')
    expect(answer).toMatchObject({ status: 200, body: "ten's" })
    expect(answer.head).toContain('X-Sluice-Release: 10')
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['eleven', 'twelve', 'ten'])
    expect(await countersOf(lab, 10)).toMatchObject({ requests: 0, assetFallbacks: 1 })
    expect(await countersOf(lab, 11)).toMatchObject({ requests: 1, errors: 0 })
  })

  test('that nobody has is answered by the chosen release', async () => {
    const { lab } = await assets()
    expect(await get(lab.port, 'shop.localhost', '/app-ffffffff.js')).toMatchObject({
      status: 404,
      body: "not eleven's",
    })
  })

  test.each(['/plain.js', '/', '/bootstrap.js', '/app-00000010.js/'])(
    'is meant only: not %s',
    async (path) => {
      const { lab, asked } = await assets()
      expect(await get(lab.port, 'shop.localhost', path)).toMatchObject({ status: 404, body: "not eleven's" })
      expect(asked).toHaveLength(1)
    },
  )
})
