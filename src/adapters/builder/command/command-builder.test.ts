import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { kill } from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { endMarked, marked, sleepMarker } from '../../../../test/kit/marked-processes.ts'
import { realClock } from '../../../../test/kit/real-clock.ts'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { until } from '../../../../test/kit/until.ts'
import { builderContract } from '../../../extend/contracts/builder.contract.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Builder, BuildLook, BuildRequest } from '../../../ports/builder.ts'
import type { CommandRunner } from '../../../ports/command-runner.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { createFolderArtifactStore } from '../../artifact-store/folder/folder-artifact-store.ts'
import { createGitSource } from '../../change-source/git/git-source.ts'
import { createLocalRunner } from '../../command-runner/local/local-runner.ts'
import { createScriptedBuilder } from '../scripted/scripted-builder.ts'
import { type CommandBuilderOptions, createCommandBuilder } from './command-builder.ts'

const run: BuildRequest['run'] = {
  command: 'node server.js',
  health: { path: '/healthz', waitMs: 1_000 },
  userKey: null,
  env: {},
  termMs: 1_000,
}

function requestFor(
  repository: ScratchRepository,
  command: string | null,
  more: Partial<BuildRequest['build']> = {},
): BuildRequest {
  return {
    service: 'shop',
    release: 7,
    git: repository.folder,
    branch: 'main',
    sha: repository.git('rev-parse', 'HEAD'),
    build: { command, output: '.', limitMs: 60_000, env: {}, ...more },
    run,
  }
}

/** Everything real: git, the shell, the disk. */
function workshop(more: Partial<CommandBuilderOptions> = {}) {
  const scratch = scratchFolder('builder')
  const repository = scratchRepository()
  repository.commit('first', { 'source.txt': 'source' })
  const caller = { PATH: process.env['PATH'], SECRET: 'ours' }
  const artifacts = createFolderArtifactStore({ dir: join(scratch, 'artifacts'), clock: realClock })
  const options = {
    stateDir: join(scratch, 'state'),
    checkout: createGitSource({ stateDir: join(scratch, 'state') }),
    artifacts,
    runner: createLocalRunner({ clock: realClock, caller, graceMs: 300 }),
    readRecipe: () => Promise.resolve(null),
    ...more,
  }
  return {
    scratch,
    repository,
    artifacts,
    options,
    make: () => createCommandBuilder(options),
    close: async () => {
      repository.remove()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

/** A runner whose answers nobody hears once its server has died; what it started runs on. */
function mortal(
  runner: CommandRunner,
  closing: AbortSignal,
): { readonly runner: CommandRunner; die(): void } {
  let isDead = false
  return {
    die: () => void (isDead = true),
    runner: {
      sweep: (room) => runner.sweep(room),
      run: (asked) =>
        new Promise((resolve, reject) => {
          const signal = AbortSignal.any([asked.signal, closing])
          runner.run({ ...asked, signal }).then(
            (end) => void (isDead || resolve(end)),
            (error: unknown) => void (isDead || reject(error)),
          )
        }),
    },
  }
}

builderContract('the command builder', async () => {
  const shop = workshop()
  const closing = new AbortController()
  let life = mortal(shop.options.runner, closing.signal)
  let builder = createCommandBuilder({ ...shop.options, runner: life.runner })
  return {
    builder,
    restart: async () => {
      await until('the build under way', async () => {
        const { bytes } = await builder.log('shop/2', 0, 1_000)
        return Buffer.from(bytes).toString().includes('begun\n')
      })
      life.die()
      life = mortal(shop.options.runner, closing.signal)
      builder = createCommandBuilder({ ...shop.options, runner: life.runner })
      return builder
    },
    requests: {
      succeeds: requestFor(shop.repository, 'echo building'),
      fails: requestFor(shop.repository, 'exit 3'),
      tooLong: requestFor(shop.repository, 'sleep 60', { limitMs: 100 }),
      endless: requestFor(shop.repository, 'echo begun; sleep 60'),
    },
    logged: 'building',
    until: async (claim) => void (await until('the claim', claim)),
    close: async () => {
      closing.abort()
      for (const key of ['shop/1', 'shop/2']) await builder.stop(key)
      await shop.close()
    },
  }
})

builderContract('the scripted builder', async () => {
  let now = 0
  const clock = { now: () => now, monotonicMs: () => now, sleep: () => Promise.resolve() }
  const builder = createScriptedBuilder({
    clock,
    script: ({ build }) => {
      if (build.command === 'fails') return { takesMs: 10, fault: 'code' }
      if (build.command === 'tooLong') return { takesMs: build.limitMs, fault: 'limit' }
      return {
        takesMs: build.command === 'endless' ? 1e12 : 10,
        artifact: 'sha256-abc',
        says: 'scripted words',
      }
    },
  })
  const base: BuildRequest = {
    service: 'shop',
    release: 7,
    git: '.',
    branch: 'main',
    sha: 'abc',
    build: { command: null, output: '.', limitMs: 50, env: {} },
    run,
  }
  const asked = (command: string): BuildRequest => ({ ...base, build: { ...base.build, command } })
  return {
    builder,
    restart: async () => {
      builder.restart()
      return builder
    },
    requests: {
      succeeds: asked('succeeds'),
      fails: asked('fails'),
      tooLong: asked('tooLong'),
      endless: asked('endless'),
    },
    logged: 'scripted words',
    until: async (claim) => {
      for (let tries = 0; tries < 100; tries++, now += 5) if (await claim()) return
      throw new Error('the claim never came true')
    },
    close: () => Promise.resolve(),
  }
})

describe('command builder', () => {
  let shop: ReturnType<typeof workshop>
  let builder: Builder
  beforeEach(() => {
    shop = workshop({ logHeadBytesMax: 10_000, logTailBytesMax: 5_000 })
    builder = shop.make()
  })
  afterEach(() => shop.close())

  async function build(request: BuildRequest, by = builder, key = 'key'): Promise<BuildLook> {
    await by.start(key, request)
    return await until('the end of the build', async () => {
      const found = await by.look(key)
      return found.state === 'running' || found.state === 'unknown' ? null : found
    })
  }
  const command = (text: string | null, more: Partial<BuildRequest['build']> = {}) =>
    requestFor(shop.repository, text, more)
  async function built(request: BuildRequest, by = builder): Promise<string> {
    const found = await build(request, by)
    if (found.state !== 'done') throw new Error(JSON.stringify(found))
    const folder = join(shop.scratch, 'laid')
    await shop.artifacts.lay(found.artifact, folder)
    return folder
  }
  const logText = async (key = 'key') => Buffer.from((await builder.log(key, 0, 1e9)).bytes).toString()
  const markers: string[] = []
  /** A marker whose processes do not outlive the test, even when it fails. */
  const marker = () => {
    const made = sleepMarker()
    markers.push(made)
    return made
  }
  afterEach(() => {
    for (const made of markers.splice(0)) endMarked(made)
  })

  test('without a command the checkout is the artifact, and nothing else is in it', async () => {
    const folder = await built(command(null))
    expect(readdirSync(folder)).toEqual(['source.txt'])
  })

  test('the build sees what is declared, and nothing of whoever started us', async () => {
    const folder = await built(command('env > seen.txt; pwd', { env: { NAME: 'declared' } }))
    const seen = readFileSync(join(folder, 'seen.txt'), 'utf8').trim().split('\n')
    const names = seen.map((line) => line.slice(0, line.indexOf('='))).sort()
    expect(names).toEqual(
      [
        'CI',
        'HOME',
        'LANG',
        'NAME',
        'PATH',
        'PWD',
        'SLUICE_CACHE',
        'SLUICE_RELEASE',
        'SLUICE_SERVICE',
        'SLUICE_SHA',
        'TMPDIR',
        'TZ',
        'npm_config_cache',
      ].sort(),
    )
    const values = Object.fromEntries(seen.map((line) => line.split(/=(.*)/s).slice(0, 2)))
    expect(values).toMatchObject({
      SLUICE_RELEASE: '7',
      SLUICE_SERVICE: 'shop',
      NAME: 'declared',
      CI: 'true',
    })
    expect(values['HOME']).toContain(shop.scratch)
    expect(values['PATH']).not.toContain(join(process.cwd(), 'node_modules/.bin'))
  })

  test('the cache survives from build to build, the home does not', async () => {
    const first = command('echo kept > "$SLUICE_CACHE/file"; echo lost > "$HOME/file"')
    expect((await build(first, builder, 'first')).state).toBe('done')
    const folder = await built(command('cat "$SLUICE_CACHE/file" > a; ls -A "$HOME" > b'))
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('kept\n')
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('')
  })

  test('only the output folder becomes the artifact', async () => {
    const folder = await built(command('mkdir -p out/deep && echo x > out/deep/file', { output: 'out' }))
    expect(new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }))).toEqual(
      new Set(['deep', 'deep/file']),
    )
  })

  test.each([
    ['out', 'true', 'made no folder out'],
    ['..', 'true', 'leads out of the checkout'],
    ['out', 'ln -s /etc out', 'leads out of the checkout'],
    ['source.txt', 'true', 'is not a folder'],
    ['.', 'rm -rf "$PWD"', 'made no folder'],
  ])('the output %j after %j is the fault of the code', async (output, text, says) => {
    const found = await build(command(text, { output }))
    expect(found).toMatchObject({ state: 'failed', fault: 'code', message: expect.stringContaining(says) })
  })

  test('a failure says the last lines of the log in one line, bounded, and without colours', async () => {
    const text =
      'head -c 300000 /dev/zero | tr "\\\\0" x; echo; echo one; echo; printf "\\033[31mtwo\\033[0m\\r\\n\\tthree\\n"; exit 3'
    expect(await build(command(text))).toEqual({
      state: 'failed',
      fault: 'code',
      message: 'The build command ended with code 3. The end of its log: one / two / three',
    })
  })

  test('a hanging build is ended with all its children, and so is what a finished one left behind', async () => {
    const one = marker()
    const found = await build(command(`trap "" TERM; sleep ${one} & sleep ${one}`, { limitMs: 400 }))
    expect(found).toMatchObject({ state: 'failed', fault: 'limit' })
    expect(marked(one)).toEqual([])
    const two = marker()
    const left = command(`sleep ${two} & (setsid sleep ${two} &) ; exit 0`)
    expect((await build(left, builder, 'second')).state).toBe('done')
    expect(marked(two)).toEqual([])
  })

  test('a builder that closes ends what is under way, begins nothing more, and calls all of it unknown', async () => {
    const mark = marker()
    await builder.start('one', command(`(setsid sleep ${mark} &); sleep ${mark}`))
    await until('the build', () => marked(mark).length >= 2)
    await builder.close?.()
    expect(marked(mark)).toEqual([])
    await builder.start('two', command(`sleep ${mark}`))
    expect(await builder.look('one')).toEqual({ state: 'unknown' })
    expect(await builder.look('two')).toEqual({ state: 'unknown' })
  })

  test('output and errors are logged in order, and can be read while the build runs', async () => {
    await builder.start(
      'key',
      command(
        'echo one; echo two >&2; echo three; while [ ! -f "$SLUICE_CACHE/go" ]; do sleep 0.05; done; echo four',
      ),
    )
    await until('the first lines', async () => (await logText()).includes('one\ntwo\nthree\n'))
    expect(await builder.look('key')).toMatchObject({ state: 'running' })
    writeFileSync(join(shop.scratch, 'state/cache/shop/go'), '')
    await until('the end', async () => (await builder.look('key')).state === 'done')
    expect(await logText()).toContain('three\nfour\n')
  })

  test('of a flood of output the beginning and the end are kept', async () => {
    const found = await build(command('echo first; head -c 300000000 /dev/zero; echo; echo last'))
    expect(found.state).toBe('done')
    const text = await logText()
    expect(text.length).toBeLessThan(16_000)
    expect(text).toContain('first\n')
    expect(text).toMatch(/bytes were not kept/)
    expect(text.endsWith('last\n')).toBe(true)
  })

  test('a build that died with its server is unknown, and its processes are ended', async () => {
    const mark = marker()
    const script = join(shop.scratch, 'server.ts')
    const from = (path: string) => JSON.stringify(join(import.meta.dirname, path))
    writeFileSync(
      script,
      `import { createCommandBuilder } from ${from('command-builder.ts')}
import { createLocalRunner } from ${from('../../command-runner/local/local-runner.ts')}
import { createGitSource } from ${from('../../change-source/git/git-source.ts')}
const clock = { now: () => 0, monotonicMs: () => performance.now(), sleep: (ms) => new Promise((r) => setTimeout(r, ms)) }
const stateDir = ${JSON.stringify(join(shop.scratch, 'state'))}
const builder = createCommandBuilder({ stateDir, checkout: createGitSource({ stateDir }), artifacts: null,
  runner: createLocalRunner({ clock, caller: process.env }), readRecipe: async () => null })
await builder.start('key', ${JSON.stringify(command(`trap "" TERM PIPE; (setsid sleep ${mark} &); sleep ${mark}`))})
setInterval(() => {}, 1000)
`,
    )
    const server = spawn(process.execPath, [script], { stdio: 'ignore' })
    try {
      await until('the build', () => marked(mark).length === 2)
    } finally {
      kill(server.pid!, 'SIGKILL')
    }
    expect(marked(mark).length).toBe(2)
    expect(await builder.look('key')).toEqual({ state: 'unknown' })
    expect(marked(mark)).toEqual([])
    expect(readdirSync(join(shop.scratch, 'state/builds'))).toEqual([])
    expect((await build(command('true'))).state).toBe('done')
  })

  test('nothing of the work is left when a build is over', async () => {
    await build(command('mkdir -p locked/in && chmod 500 locked'))
    const [folder] = readdirSync(join(shop.scratch, 'state/builds'))
    expect(readdirSync(join(shop.scratch, 'state/builds', folder!)).sort()).toEqual(['log', 'result.json'])
  })

  test('the recipe in the commit wins over the one that was asked for', async () => {
    const own = {
      build: { command: 'echo own > by', output: '.', limitMs: 9_000, env: {} },
      run: { ...run, command: 'own' },
    }
    const recipes = createCommandBuilder({
      ...shop.options,
      readRecipe: async (folder, service) => {
        expect(existsSync(join(folder, 'source.txt'))).toBe(true)
        expect(service).toBe('shop')
        return own
      },
    })
    const folder = await built(command('echo asked > by'), recipes)
    expect(readFileSync(join(folder, 'by'), 'utf8')).toBe('own\n')
    expect(await recipes.look('key')).toMatchObject({ run: { command: 'own' } })
  })

  test('a config file that cannot be read is the fault of the code', async () => {
    const refusing = createCommandBuilder({
      ...shop.options,
      readRecipe: () => Promise.reject(new Error('line 3: no such word')),
    })
    const found = await build(command('true'), refusing)
    expect(found).toMatchObject({
      state: 'failed',
      fault: 'code',
      message: expect.stringContaining('line 3'),
    })
  })

  test('a commit that is not there, or a store that is full, is the fault of the builder', async () => {
    const gone = { ...command('true'), sha: 'abad1dea'.repeat(5) }
    expect(await build(gone)).toMatchObject({ state: 'failed', fault: 'builder' })
    const full: ArtifactStore = {
      ...shop.artifacts,
      put: () => Promise.reject(new PortFailure('full', { code: 'artifact/no-disk', again: 'retry' })),
    }
    const unlucky = createCommandBuilder({ ...shop.options, artifacts: full })
    expect(await build(command('true'), unlucky, 'full')).toMatchObject({ state: 'failed', fault: 'builder' })
  })

  test('what was built elsewhere is taken as it is: nothing is run, its addresses are named, its recipe is the commit’s', async () => {
    const folder = join(shop.scratch, 'built')
    mkdirSync(folder)
    writeFileSync(join(folder, 'app.js'), 'fetch("https://staging.shop.example/api")\n')
    const { digest, sizeBytes } = await shop.artifacts.put(folder)
    const own = createCommandBuilder({
      ...shop.options,
      readRecipe: async () => ({ build: command('exit 3').build, run: { ...run, command: 'its own' } }),
    })
    const addresses = [{ stage: 'staging', host: 'staging.shop.example', variable: 'API' }]
    const asked = { ...command('exit 3'), added: { artifact: digest, sizeBytes }, addresses }
    expect(await build(asked, own, 'added')).toEqual({
      state: 'done',
      artifact: digest,
      run: { ...run, command: 'its own' },
      sizeBytes,
      hardCoded: [expect.objectContaining({ file: 'app.js', line: 1, stage: 'staging' })],
    })
  })

  test('what was built elsewhere and is no longer kept says that it must be added once more', async () => {
    const added = { artifact: `sha256-${'0'.repeat(64)}`, sizeBytes: 1 }
    expect(await build({ ...command('true'), added }, undefined, 'gone')).toMatchObject({
      state: 'failed',
      fault: 'builder',
      message: expect.stringContaining('Add it once more'),
    })
  })

  test('a commit whose own config says that it is built elsewhere is not run here', async () => {
    const elsewhere = { ...command(null).build, elsewhere: true as const }
    const own = createCommandBuilder({ ...shop.options, readRecipe: async () => ({ build: elsewhere, run }) })
    expect(await build(command('true'), own, 'own')).toMatchObject({ state: 'failed', fault: 'code' })
  })

  test('more builds than may run at once wait for their turn', async () => {
    const narrow = createCommandBuilder({ ...shop.options, atOnceMax: 1 })
    const text = 'mkdir "$SLUICE_CACHE/busy" || exit 9; sleep 0.1; rmdir "$SLUICE_CACHE/busy"'
    const found = await Promise.all(['a', 'b', 'c'].map((key) => build(command(text), narrow, key)))
    expect(found.map((each) => each.state)).toEqual(['done', 'done', 'done'])
  })

  test('a build that still waits for its turn can be stopped', async () => {
    const narrow = createCommandBuilder({ ...shop.options, atOnceMax: 1 })
    await narrow.start('a', command('sleep 60'))
    await narrow.start('b', command('true'))
    await narrow.stop('b')
    expect(await narrow.look('b')).toEqual({ state: 'unknown' })
    await narrow.stop('a')
    expect((await build(command('true'), narrow, 'c')).state).toBe('done')
  })
})
