// Archives over a real connection into a real store: what is taken, what is refused, and that nothing else is left.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryControl } from '../../test/fakes/memory-control.ts'
import { realClock, runServer } from '../../test/fakes/running-server.ts'
import { until } from '../../test/kit/until.ts'
import { createFolderArtifactStore } from '../adapters/artifact-store/folder/folder-artifact-store.ts'
import type { ArtifactOutcome } from '../api/artifact.ts'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'
import { decide } from '../domain/service/decide.ts'
import { evolve } from '../domain/service/evolve.ts'
import { service, sha, Story } from '../domain/service/testing/story.ts'
import { createArtifactsControl } from './artifacts-control.ts'

/** Without it a browser would send it for another site’s page without asking. */
const GZIP = { 'content-type': 'application/gzip' }

const ELSEWHERE: ServiceDefinition = {
  ...service(),
  build: { command: null, output: '.', limitMs: 600_000, env: {}, elsewhere: true },
}

/** A server with the real rules over one service, in memory. */
async function bench(definition = ELSEWHERE) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-artifacts-'))
  const uploads = join(folder, 'uploads')
  mkdirSync(join(uploads, 'upload-left-by-a-dead-server'), { recursive: true })
  const story = new Story(definition)
  const store = createFolderArtifactStore({ dir: join(folder, 'store'), clock: realClock })
  const artifacts = createArtifactsControl({
    coordinator: {
      state: () => story.state,
      handle: async (_service, command) => {
        const decision = decide(story.state, command)
        if ('refusal' in decision) return { done: false, refusal: decision.refusal }
        for (const event of decision.events) story.state = evolve(story.state, event)
        return { done: true, events: decision.events, version: story.state.version }
      },
    },
    artifacts: store,
    uploads,
    clock: realClock,
  })
  const server = await runServer({ control: { ...memoryControl(), artifacts } })
  onTestFinished(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const left = (): readonly string[] => (existsSync(uploads) ? readdirSync(uploads) : [])
  const pathOf = (commit: string, query = ''): string => `/api/services/shop/artifacts/${commit}${query}`
  return {
    story,
    store,
    server,
    left,
    pathOf,
    add: async (body: Uint8Array, query = '', more: Record<string, string> = {}) => {
      const answer = await fetch(`${server.url}${pathOf(sha(1), query)}`, {
        method: 'PUT',
        body: new Uint8Array(body),
        headers: { ...GZIP, ...more },
      })
      // The schema of the answer is the server's business; its words are looked at here.
      return { status: answer.status, said: (await answer.json()) as ArtifactOutcome & { code?: string } }
    },
  }
}

function archive(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-archive-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return execFileSync('tar', ['-czf', '-', '-C', folder, '.'], { maxBuffer: 1e9 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const sum = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

test('an archive larger than other bodies may be is taken, compared with its checksum, and can be laid', async () => {
  const { add, story, store, left } = await bench()
  story.merge()
  const page = randomBytes(6_000_000)
  const bytes = archive({ 'page.html': page })
  const { status, said } = await add(
    bytes,
    `?checksum=${sum(bytes).toUpperCase().replace('SHA256', 'sha256')}&provenance=run%207`,
  )
  expect([status, said.release, said.checksum, said.sizeBytes]).toEqual([200, 1, sum(bytes), page.length])
  expect(story.state.releases[1]?.added).toMatchObject({
    artifact: said.artifact,
    checksum: sum(bytes),
    provenance: 'run 7',
    by: { kind: 'person', name: 'operator' },
  })
  const copy = join(mkdtempSync(join(tmpdir(), 'sluice-laid-')), 'copy')
  onTestFinished(() => rmSync(join(copy, '..'), { recursive: true, force: true }))
  await store.lay(said.artifact ?? '', copy)
  expect(readFileSync(join(copy, 'page.html')).equals(page)).toBe(true)
  expect(left()).toEqual([])
})

const whole = archive({ a: randomBytes(100_000) })
const bad: readonly (readonly [what: string, body: Uint8Array, query: string, code: string])[] = [
  ['another checksum', whole, `?checksum=${'0'.repeat(64)}`, 'artifact/checksum-differs'],
  ['an archive that was cut off', whole.subarray(0, 50_000), '', 'artifact/bad-archive'],
  [
    'an archive that was damaged',
    Buffer.concat([whole.subarray(0, 50_000), Buffer.alloc(9), whole.subarray(50_009)]),
    '',
    'artifact/bad-archive',
  ],
  ['a zip file', Buffer.from('PK\x03\x04'.padEnd(4_000, 'x')), '', 'artifact/bad-archive'],
  ['one byte', Buffer.from('x'), '', 'artifact/bad-archive'],
]
test.each(bad)('%s is refused, and nothing of it is kept', async (_what, body, query, code) => {
  const { add, story, left } = await bench()
  const before = story.state
  const { status, said } = await add(body, query)
  expect([status, said.refusal?.code]).toEqual([409, code])
  expect(story.state).toBe(before)
  expect(left()).toEqual([])
})

const wrong: readonly (readonly [what: string, query: string, status: number, code: string])[] = [
  ['a checksum that is none', '?checksum=md5:1', 400, 'request/bad-parameter'],
  ['a provenance without end', `?provenance=${'x'.repeat(4_001)}`, 400, 'request/bad-parameter'],
]
test.each(wrong)('%s is turned away', async (_what, query, status, code) => {
  const { add } = await bench()
  const answer = await add(whole, query)
  expect([answer.status, answer.said.code]).toEqual([status, code])
})

test('a commit that is not named in full is turned away', async () => {
  const { server, pathOf } = await bench()
  const answer = await fetch(`${server.url}${pathOf('1234567')}`, {
    method: 'PUT',
    body: new Uint8Array(whole),
    headers: GZIP,
  })
  expect(answer.status).toBe(400)
})

test('a read-only token adds nothing, and one that is not known neither', async () => {
  const { add, server, story } = await bench()
  const made = await server.tokens.add({ name: 'reader', readOnly: true, by: 'operator' })
  const before = story.state
  expect((await add(whole, '', { authorization: `Bearer ${made?.token}` })).status).toBe(403)
  expect((await add(whole, '', { authorization: 'Bearer sluice_wrong' })).status).toBe(401)
  expect(story.state).toBe(before)
})

test('whoever adds with a token is kept by its name', async () => {
  const { add, server, story } = await bench()
  const made = await server.tokens.add({ name: 'ci', readOnly: false, by: 'operator' })
  expect((await add(whole, '', { authorization: `Bearer ${made?.token}` })).status).toBe(200)
  expect(story.state.artifacts?.[sha(1)]?.by).toEqual({ kind: 'person', name: 'ci' })
  const kept = await fetch(`${server.url}/api/services/shop/artifacts`)
  expect(await kept.json()).toMatchObject([{ sha: sha(1), by: { name: 'ci' }, checksum: sum(whole) }])
})

test('what is refused anyhow is refused before it is read', async () => {
  const { server, pathOf } = await bench(service())
  // Only the first bytes are ever sent: an answer that waits for the rest would never come.
  const asked = request(`${server.url}${pathOf(sha(1))}`, {
    method: 'PUT',
    headers: { ...GZIP, 'content-length': '900000000' },
  })
  onTestFinished(() => void asked.destroy())
  asked.on('error', () => undefined)
  asked.write('PK')
  const status = await new Promise((resolve) =>
    asked.once('response', (answer) => resolve(answer.statusCode)),
  )
  expect(status).toBe(409)
})

test('an upload whose sender goes away leaves nothing, and neither does a server that died', async () => {
  const { server, pathOf, story, left } = await bench()
  await until('what a dead server left is gone', () => left().length === 0)
  const before = story.state
  const asked = request(`${server.url}${pathOf(sha(1))}`, { method: 'PUT', headers: GZIP })
  asked.on('error', () => undefined)
  asked.write(whole.subarray(0, 60_000))
  await until('it is being unpacked', () => left().length === 1)
  asked.destroy()
  await until('nothing of it is left', () => left().length === 0)
  expect(story.state).toBe(before)
})

test('more uploads at once than are allowed are told to come back', async () => {
  const { server, pathOf, left, add } = await bench()
  await until('what a dead server left is gone', () => left().length === 0)
  const slow = Array.from({ length: 4 }, () => {
    const asked = request(`${server.url}${pathOf(sha(1))}`, { method: 'PUT', headers: GZIP })
    asked.on('error', () => undefined)
    asked.write(whole.subarray(0, 60_000))
    return asked
  })
  onTestFinished(() => {
    for (const asked of slow) asked.destroy()
  })
  await until('four come in', () => left().length === 4)
  expect((await add(whole)).said.refusal?.code).toBe('artifact/busy')
  for (const asked of slow) asked.destroy()
  await until('all have gone', () => left().length === 0)
  expect((await add(whole)).status).toBe(200)
})

test('other bodies stay small', async () => {
  const { server } = await bench()
  const answer = await fetch(`${server.url}/api/services/shop/acts/pin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ stage: 'production', reason: 'x'.repeat(2_000_000) }),
  })
  expect(answer.status).toBe(413)
})
