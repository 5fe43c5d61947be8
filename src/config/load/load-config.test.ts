import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError, writeMistake } from '../config-mistake.ts'
import { findConfigs } from './find-config.ts'
import { type LoadOptions, loadConfig } from './load-config.ts'
import { readRecipe } from './read-recipe.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-config-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

/** Mistakes as people see them, without the folder. */
async function mistakes(name: string, text: string, options: LoadOptions = {}): Promise<readonly string[]> {
  const loaded = await loadConfig(await write(name, text), options)
  if (loaded.ok) return []
  return loaded.mistakes.map(
    (mistake) => `${mistake.code} ${writeMistake(mistake).replaceAll(`${folder}/`, '')}`,
  )
}

const SMALL = `{ services: { shop: { run: 'node .', pipeline: [{ stage: 'production' }] } } }`
const DEFINED = `import { defineConfig } from 'sluice'\nexport default defineConfig(${SMALL})\n`

describe('a config is read', () => {
  test.each([
    ['sluice.config.ts', DEFINED],
    ['sluice.config.mts', DEFINED],
    ['sluice.config.js', DEFINED],
    ['sluice.config.mjs', DEFINED],
    ['sluice.config.js', `module.exports = ${SMALL}`],
    ['sluice.config.ts', `export default Promise.resolve(${SMALL})`],
    ['sluice.yaml', 'services:\n  shop:\n    run: node .\n    pipeline:\n      - stage: production\n'],
    ['sluice.yml', SMALL.replaceAll("'", '"')],
  ])('from %s', async (name, text) => {
    const loaded = await loadConfig(await write(name, text))
    expect(loaded.ok && loaded.config.services.map(({ service, run }) => [service, run.command])).toEqual([
      ['shop', 'node .'],
    ])
  })

  test.each(['{"type":"commonjs"}', '{"type":"module"}', '{}'])(
    'beside a package.json of %s',
    async (manifest) => {
      await write('package.json', manifest)
      expect(await mistakes('sluice.config.ts', DEFINED)).toEqual([])
      expect(await mistakes('sluice.config.js', DEFINED)).toEqual([])
    },
  )

  test('as small as a small thing should be', async () => {
    const text = `import { defineConfig } from 'sluice'

export default defineConfig({
  services: {
    shop: {
      source: { git: '.', branch: 'main' },
      build: 'npm ci && npm run build',
      run: { command: 'node server.js', health: '/healthz' },      // PORT is given
      pipeline: [
        { stage: 'staging', bake: { for: '1h' } },
        { stage: 'production',
          instances: 10,
          window: { days: 'mon-fri', hours: '09:00-18:00', zone: 'America/New_York' },
          rollout: ['one-box', '10%-at-a-time'] },
      ],
    },
  },
})`
    const loaded = await loadConfig(await write('sluice.config.ts', text))
    const percents = loaded.ok
      ? loaded.config.services[0]?.stages[1]?.rollout.map(({ percent }) => percent)
      : []
    expect(percents).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
  })

  test('that imports another file, prints, and leaves a timer running', async () => {
    await write('stages.ts', `export const stages: { stage: string }[] = [{ stage: 'production' }]`)
    const text = `import { defineConfig } from 'sluice'
      import { stages } from './stages.ts'
      console.log('{"not":"the answer"}')
      setInterval(() => {}, 1000)
      export default defineConfig({ services: { shop: { run: 'x', pipeline: stages } } })`
    expect(await mistakes('sluice.config.ts', text)).toEqual([])
  })

  test('whose paths are seen from its real folder', async () => {
    await mkdir(join(folder, 'real'))
    await write('real/sluice.config.ts', DEFINED)
    await symlink(join(folder, 'real'), join(folder, 'link'))
    const loaded = await loadConfig(join(folder, 'link', 'sluice.config.ts'))
    expect(loaded.ok && loaded.config.services[0]?.source.git.endsWith('/real')).toBe(true)
  })

  test('the same whatever the server keeps in its environment', async () => {
    process.env['SLUICE_TEST_TOKEN'] = 'hush'
    try {
      const text = `export default { services: { shop: { run: process.env.SLUICE_TEST_TOKEN ?? 'nothing', pipeline: [{ stage: 'production' }] } } }`
      const loaded = await loadConfig(await write('sluice.config.ts', text))
      expect(loaded.ok && loaded.config.services[0]?.run.command).toBe('nothing')
    } finally {
      delete process.env['SLUICE_TEST_TOKEN']
    }
  })
})

describe('mistakes have their place', () => {
  test('all of them, in the order of the file', async () => {
    const text = `import { defineConfig } from 'sluice'
export default defineConfig({
  services: {
    shop: {
      run: { command: 'node .', helth: '/healthz' },
      pipeline: [
        { stage: 'staging', bake: '1 hour' },
        { stage: 'production', rollout: ['50%', '25%'] },
      ],
    },
  },
})
`
    expect(await mistakes('sluice.config.ts', text)).toEqual([
      'config/unknown-key sluice.config.ts:5:33: services.shop.run.helth is not a key here; did you mean `health`?',
      `config/wrong-value sluice.config.ts:7:35: services.shop.pipeline[0].bake is wrong: "1 hour" is not a duration with its unit, such as '90s', '10m', '1h30m' or '2d', of at most 366d`,
      'config/contradiction sluice.config.ts:8:49: services.shop.pipeline[1].rollout[1] cannot be: `25%` does not go beyond the 50% before it; steps must grow',
    ])
  })

  test('in YAML too', async () => {
    const text = `services:
  shop:
    run: node .
    pipeline:
      - stage: staging
        bake: { for: 60 }
      - stag: production
`
    expect(await mistakes('sluice.yaml', text)).toEqual([
      "config/wrong-value sluice.yaml:6:22: services.shop.pipeline[0].bake.for is wrong: 60 has no unit; write '60s' for seconds or '60m' for minutes",
      'config/unknown-key sluice.yaml:7:9: services.shop.pipeline[1].stag is not a key here; did you mean `stage`?',
    ])
  })

  test.each([
    [
      'sluice.config.ts',
      'export default {\n  a: 1,,\n}\n',
      /^config\/syntax sluice\.config\.ts:2:8: does not load: SyntaxError/,
    ],
    [
      'sluice.config.js',
      'export default {\n  a: 1,,\n}\n',
      /^config\/syntax sluice\.config\.js:2:8: does not load: SyntaxError/,
    ],
    [
      'sluice.config.ts',
      "export default { a: 'abc\n}\n",
      /^config\/syntax sluice\.config\.ts:1:21: does not load: SyntaxError/,
    ],
    [
      'sluice.config.ts',
      'enum A { B }\nexport default { a: A.B }',
      /^config\/syntax sluice\.config\.ts:1:1: uses an enum/,
    ],
    [
      'sluice.config.ts',
      '\nexport default { a: foo.bar }',
      /^config\/evaluation sluice\.config\.ts:2:21: does not load: ReferenceError: foo is not defined$/,
    ],
    [
      'sluice.config.ts',
      '\nthrow new Error("boo")\nexport default {}',
      /^config\/evaluation sluice\.config\.ts:2:7: does not load: Error: boo$/,
    ],
    [
      'sluice.config.ts',
      "\nimport a from 'not-there'\nexport default a",
      /^config\/evaluation sluice\.config\.ts:2:15: does not load: Error: Cannot find package 'not-there'$/,
    ],
    [
      'sluice.config.ts',
      'process.exit(0)\nexport default {}',
      /^config\/evaluation sluice\.config\.ts:1:1: ended before it exported anything$/,
    ],
    [
      'sluice.config.ts',
      'export const config = {}',
      /^config\/no-export sluice\.config\.ts:1:1: exports no config; write `export default/,
    ],
    ['sluice.yaml', 'services:\n  shop: {\n', /^config\/syntax sluice\.yaml:3:1: is not YAML here: /],
    [
      'sluice.yaml',
      'services: {}\nservices: {}\n',
      /^config\/syntax sluice\.yaml:2:1: is not YAML here: Map keys must be unique/,
    ],
    ['sluice.yaml', '', /^config\/wrong-value sluice\.yaml:1:1: must be { services/],
  ])('%s: %j', async (name, text, problem) => {
    const found = await mistakes(name, text)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(problem)
  })

  test('a slip in an imported file is placed in that file', async () => {
    await write('stages.ts', 'export const stages = [\n  {,\n]\n')
    const found = await mistakes(
      'sluice.config.ts',
      `import { stages } from './stages.ts'\nexport default stages`,
    )
    expect(found[0]).toMatch(/^config\/syntax stages\.ts:2:4: does not load: SyntaxError/)
  })

  test('what is no plain data is named with its path', async () => {
    const text = `const a: Record<string, unknown> = { run: () => 1, pipeline: [{ stage: 'production' }] }
a['build'] = a
export default { services: { shop: a } }`
    expect(await mistakes('sluice.config.ts', text)).toEqual([
      'config/not-plain sluice.config.ts:1:43: services.shop.run must be plain data, not a function',
      'config/not-plain sluice.config.ts:3:30: services.shop.build leads back to something it is part of',
    ])
  })

  test('a config that never ends is ended, with what it started', async () => {
    const pidFile = join(folder, 'pid')
    const text = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const child = spawn('sleep', ['600'], { stdio: 'inherit' })
writeFileSync(${JSON.stringify(pidFile)}, String(child.pid))
while (true) {}
export default {}`
    expect(await mistakes('sluice.config.ts', text, { limitMs: 2_000 })).toEqual([
      'config/too-slow sluice.config.ts:1:1: was not evaluated within 2s; a config must not wait for anything',
    ])
    const { readFile } = await import('node:fs/promises')
    const pid = Number(await readFile(pidFile, 'utf8'))
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })

  test('a config that is far too large is refused', async () => {
    const text = `export default { services: 'x'.repeat(5_000_000) }`
    expect(await mistakes('sluice.config.ts', text)).toEqual([
      'config/not-plain sluice.config.ts:1:1: exports more than 4 MiB; a config is smaller than that',
    ])
  })

  test('a YAML text that blows itself up is refused', async () => {
    const lines = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`)
    const found = await mistakes('sluice.yaml', `a0: &a0 [x]\n${lines.join('\n')}\n`)
    expect(found).toEqual([expect.stringMatching(/^config\/syntax sluice\.yaml:1:1: Excessive alias count/)])
  })

  test('a file that is not there', async () => {
    const loaded = await loadConfig(join(folder, 'nowhere.ts'))
    expect(loaded.ok ? [] : loaded.mistakes.map((mistake) => mistake.code)).toEqual(['config/not-found'])
    const isFolder = await loadConfig(folder)
    expect(isFolder.ok ? [] : isFolder.mistakes.map((mistake) => mistake.code)).toEqual(['config/unreadable'])
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the recipe of a checkout', () => {
  test('is what its own config says', async () => {
    await write(
      'sluice.yaml',
      'services: { shop: { build: make, run: ./shop, pipeline: [{ stage: production }] } }',
    )
    const recipe = await readRecipe(folder, 'shop')
    expect([recipe?.build.command, recipe?.run.command]).toEqual(['make', './shop'])
  })

  test('is null without a config, or without the service in it', async () => {
    expect(await readRecipe(folder, 'shop')).toBeNull()
    await write('sluice.config.ts', DEFINED)
    expect(await readRecipe(folder, 'other')).toBeNull()
  })

  test('is null where it lies over a file that is not in the checkout', async () => {
    await write(
      'sluice.yaml',
      'extends: ../shared/base.yaml\nservices: { shop: { pipeline: [{ stage: p }] } }',
    )
    expect(await readRecipe(folder, 'shop')).toBeNull()
  })

  test('that is broken is an error that names the file as people know it', async () => {
    await write('sluice.yaml', 'services: { shop: { run: ./shop } }')
    const failure = readRecipe(folder, 'shop')
    await expect(failure).rejects.toBeInstanceOf(ConfigError)
    await expect(failure).rejects.toThrow(/^sluice\.yaml:1:13: services\.shop\.pipeline is missing/)
  })

  test('is not guessed between two configs', async () => {
    await write('sluice.yaml', 'services: {}')
    await write('sluice.config.ts', DEFINED)
    expect((await findConfigs(folder)).map((file) => file.slice(folder.length + 1))).toEqual([
      'sluice.config.ts',
      'sluice.yaml',
    ])
    await expect(readRecipe(folder, 'shop')).rejects.toThrow('stands beside sluice.yaml')
  })
})
