// Secrets through the real program: they reach the instances, and nothing else. Their values are looked for in every file
// of the state, every answer and every notice of a whole run: set, rolled out, printed, changed, crashed with, rolled back.
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StageView } from '../../src/api/board.ts'
import { type ScratchRepository, scratchRepository } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { type Installation, installation } from './parts/installation.ts'
import { visit } from './parts/visit.ts'

const FIRST = 'swordfish-1f8c2e'
const SECOND = 'halibut-77ab31'
const CRASHING = 'crash-c0ffee42'
const VALUES = [FIRST, SECOND, CRASHING]

/** Says what it was given, to whoever asks and in its output; one value makes it crash with that value on its lips. */
const SERVER = `
import { createServer } from 'node:http'
const { TOKEN = 'none', COLOUR = 'none', PORT } = process.env
console.log('the token is ' + TOKEN)
if (TOKEN.startsWith('crash')) throw new Error('cannot work with ' + TOKEN)
createServer((request, response) => response.end(TOKEN.slice(0, 5) + ' ' + COLOUR)).listen(Number(PORT), '127.0.0.1')
`

let running: Installation
let repository: ScratchRepository
beforeAll(async () => {
  running = await installation()
  repository = scratchRepository()
  const { apiPort, routerPort } = running
  repository.commit('v1: the first', {
    'server.mjs': SERVER,
    'sluice.config.ts': `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: '.', branch: 'main', poll: '1s' },
      build: false,
      run: { command: 'exec node server.mjs', health: '/', needs: ['TOKEN'], term: '2s' },
      pipeline: [{ stage: 'production', rollout: 'all-at-once', watch: '1h', drain: '1s' }],
    },
  },
}
`,
  })
})
afterAll(async () => {
  await running.remove()
  repository.remove()
})

async function production(): Promise<StageView> {
  const stage = (await running.board()).services[0]?.stages[0]
  if (!stage) throw new Error('there is no stage yet')
  return stage
}

async function served(): Promise<string> {
  return (await visit(running.routerPort, 'shop.localhost')).body
}

async function sluice(...words: readonly string[]) {
  const answer = await running.cli(repository.folder, ...words)
  seen.push(answer.stdout, answer.stderr)
  return answer
}

/** Everything that was answered. */
const seen: string[] = []

async function setSecret(value: string) {
  const file = join(repository.folder, '.git', 'secret.txt')
  writeFileSync(file, `${value}\n`)
  const answer = await sluice('secret', 'set', 'production', 'TOKEN', '--file', file, '--yes', '--json')
  expect(answer.code).toBe(0)
}

test('a release that needs a secret waits until it is set, and is given it', async () => {
  await running.up(repository.folder)
  await until('the release that waits', async () =>
    (await production()).waiting.some(({ why }) => why.some(({ code }) => code === 'gate/needs')),
  )
  await setSecret(FIRST)
  await until('#1 live', async () => (await production()).live?.release === 1)
  expect(await served()).toBe('sword none')
})

test('a changed variable and a changed secret each roll out by themselves', async () => {
  expect((await sluice('vars', 'set', 'production', 'COLOUR=red', '--yes')).code).toBe(0)
  await until('the new colour', async () => (await served()) === 'sword red')
  await setSecret(SECOND)
  await until('the new token', async () => (await served()) === 'halib red')
  expect((await production()).live?.name).toMatch(/^#1\+\d+$/)
})

test('a secret that makes it crash goes back by itself, and what people read does not show it', async () => {
  await setSecret(CRASHING)
  const settings = async () => JSON.parse((await sluice('vars', 'history', 'production', '--json')).stdout)
  await until('the verdict', async () => (await settings()).history[0].rejected !== null, 120_000)
  await until('the way back', async () => (await production()).rollout === null)
  expect(await served()).toBe('halib red')
  expect(JSON.stringify((await settings()).history[0].rejected)).toContain('[secret TOKEN]')
})

test('no value stands in any file, answer, event or notice', async () => {
  for (const words of [
    ['status'],
    ['audit', '-n', '500', '--json'],
    ['vars', 'list', 'production', '--json'],
    ['secret', 'history', 'production', '--json'],
    ['logs', '#1', '--json'],
  ])
    await sluice(...words)
  for (const path of ['board', 'audit?limit=1000', 'services/shop/releases', 'services/shop/plan'])
    seen.push(await (await fetch(`http://127.0.0.1:${running.apiPort}/api/${path}`)).text())
  const live = (await production()).live?.release
  const output = await fetch(
    `http://127.0.0.1:${running.apiPort}/api/services/shop/stages/production/releases/${live}/output`,
  )
  const printed = await output.text()
  expect(printed, 'what an instance prints is masked').toContain('the token is [secret TOKEN]')
  seen.push(printed, await (await fetch(`http://127.0.0.1:${running.apiPort}/metrics`)).text())
  for (const value of VALUES) for (const said of seen) expect(said).not.toContain(value)
  const files = filesIn(running.state)
  expect(files.map(([name]) => name).join('\n')).toMatch(/events\.sqlite/)
  for (const [name, content] of files)
    for (const value of VALUES) expect(content.includes(value) ? `${name} holds ${value}` : '').toBe('')
})

test('without its key nothing new is started, what runs goes on, and what is wrong is told', async () => {
  const key = join(running.state, 'secrets', 'secret.key')
  renameSync(key, `${key}.away`)
  await sluice('vars', 'set', 'production', 'COLOUR=blue', '--yes')
  const trouble = await until('the trouble', async () => {
    const found = (await running.board()).services[0]?.sourceTrouble
    return found?.code === 'secret-store/no-key' && found
  })
  expect(trouble.text).toMatch(/was encrypted with key [0-9a-f]{12}, and no key is here: put it into/)
  expect(await served()).toBe('halib red')
  renameSync(`${key}.away`, key)
  chmodSync(key, 0o600)
  await until('the new colour', async () => (await served()) === 'halib blue', 120_000)
})

/** All that the program wrote; what an instance itself was given to write into is its own. */
function filesIn(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        !/output\.log(\.\d)?$/.test(name) &&
        statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
    )
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')] as const)
}
