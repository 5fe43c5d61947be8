// `extends`, `defaults` and where a value comes from, with real files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { explainConfig, loadConfig } from '../load/load-config.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-layers-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function lay(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return join(folder, Object.keys(files)[0] ?? '')
}

const BASE = `defaults:
  build: npm ci && npm run build
  run: { command: node server.js, term: 30s }
  pipeline:
    - stage: staging
      bake: 10m
    - stage: production
      instances: 4
people: { leads: [anna, bob] }
`
const OWN = `extends: ../shared/base.yaml
services:
  api:
    run: { command: node api.js }
  mail:
    processes: { worker: node worker.js }
    pipeline: [{ stage: production }]
`

test('what stands nearer wins: objects key by key, lists as a whole', async () => {
  const loaded = await loadConfig(await lay({ 'app/sluice.yaml': OWN, 'shared/base.yaml': BASE }))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes))
  const [api, mail] = loaded.config.services
  expect(api).toMatchObject({
    source: { git: join(folder, 'app') },
    build: { command: 'npm ci && npm run build' },
    run: { command: 'node api.js', termMs: 30_000 },
    stages: [
      { stage: 'staging', bake: { forMs: 600_000 } },
      { stage: 'production', instances: 4 },
    ],
  })
  // What says how it runs does not take that from the defaults as well.
  expect(mail).toMatchObject({ run: { process: 'worker' }, stages: [{ stage: 'production', instances: 1 }] })
})

test('a value is explained with the file and the line it was written in', async () => {
  const file = await lay({ 'app/sluice.yaml': OWN, 'shared/base.yaml': BASE })
  const explained = await explainConfig(file)
  if (!explained.ok) throw new Error(JSON.stringify(explained.mistakes))
  const at = (...path: readonly (string | number)[]) => {
    const { file: where, line } = explained.placeOf(path)
    return `${where.slice(folder.length + 1)}:${line}`
  }
  expect(at('services', 'api', 'run', 'command')).toBe('app/sluice.yaml:4')
  expect(at('services', 'api', 'run', 'term')).toBe('shared/base.yaml:3')
  expect(at('services', 'api', 'pipeline', 0, 'bake')).toBe('shared/base.yaml:6')
  expect(at('services', 'mail', 'pipeline', 0, 'stage')).toBe('app/sluice.yaml:7')
  expect(at('people', 'leads')).toBe('shared/base.yaml:9')
})

test('a mistake in what is shared is told where it stands', async () => {
  const file = await lay({ 'app/sluice.yaml': OWN, 'shared/base.yaml': BASE.replace('10m', '10') })
  const loaded = await loadConfig(file)
  expect(loaded).toMatchObject({ ok: false, mistakes: [{ file: join(folder, 'shared/base.yaml'), line: 6 }] })
})

test('a TypeScript config may lie over YAML, and imports what it shares', async () => {
  const file = await lay({
    'app/sluice.config.ts': `import { steps } from '../shared/steps.ts'
export default { extends: '../shared/base.yaml', services: { api: { pipeline: [{ stage: 'a', rollout: steps }] } } }
`,
    'shared/steps.ts': "export const steps = ['50%', 'all-at-once']\n",
    'shared/base.yaml': BASE,
  })
  const loaded = await loadConfig(file)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes))
  expect(loaded.config.services[0]).toMatchObject({
    run: { command: 'node server.js' },
    stages: [{ rollout: [{ percent: 50 }, { percent: 100 }] }],
  })
})

test('a file that is not there, or leads back, is a mistake of the one that names it', async () => {
  const missing = await loadConfig(await lay({ 'app/sluice.yaml': OWN }))
  expect(missing).toMatchObject({
    ok: false,
    mistakes: [
      {
        file: join(folder, 'app/sluice.yaml'),
        line: 1,
        message: expect.stringContaining('there is no such file'),
      },
    ],
  })
  const round = await loadConfig(
    await lay({ 'app/sluice.yaml': OWN, 'shared/base.yaml': `extends: ../app/sluice.yaml\n${BASE}` }),
  )
  expect(round).toMatchObject({
    ok: false,
    mistakes: [{ file: join(folder, 'shared/base.yaml'), message: expect.stringContaining('leads back to') }],
  })
})
