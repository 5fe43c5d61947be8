// How single instances behave and misbehave: each with a tiny real program.
import { readdirSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { InstanceLook } from '../../../ports/deployment-target.ts'
import { isStillRunning, listProcesses, readStat } from './proc.ts'
import {
  eventually,
  node,
  openProcessStage,
  processesOf,
  type ProcessStage,
  recipe,
  server,
} from './testing/process-stage.ts'

let stage: ProcessStage

beforeEach(async () => {
  stage = await openProcessStage({ outputLimits: { bytesMax: 200_000, bytesKept: 50_000 } })
})
afterEach(() => stage.end())

const run = async (
  files: Record<string, string>,
  command: string,
  more: Parameters<typeof recipe>[1] & {
    count?: number
    release?: number
    env?: Record<string, string>
  } = {},
) => {
  const { count = 1, release = 1, env = {}, ...rest } = more
  const artifact = await stage.artifacts.make(files)
  await stage.scale({ release, artifact, run: recipe(command, rest), count, env })
  return (await stage.instances(release))[0]!
}
const stop = async (release = 1) => {
  await stage.scale({ release, artifact: '', run: recipe('true', { termMs: 500 }), count: 0 })
}
const folderOf = (id: string) => join(stage.folder, 'state', 'instances', id)
const ask = async (port: number, path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text()

test('an instance sees its declared variables, its own folders and nothing of the server', async () => {
  process.env['SLUICE_TEST_TOKEN'] = 'server only'
  try {
    const { id } = await run({}, 'env; pwd; exec sleep 1000', {
      path: null,
      waitMs: 100,
      env: { COLOUR: 'blue' },
    })
    const folder = new RegExp(`^${join(folderOf(id), 'app')}$`, 'm')
    await eventually(
      async () => folder.test(await stage.target().output(id, 10_000)),
      'its variables, and then its folder',
    )
    const lines = (await stage.target().output(id, 10_000)).trim().split('\n')
    const names = lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []).filter((name) => name !== 'TZ')
    // The shell adds PWD by itself (and bash two more).
    expect(new Set(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)))).toEqual(
      new Set(['COLOUR', 'HOME', 'LANG', 'PATH', 'PORT', 'TMPDIR'].concat(sluiceNames)),
    )
    expect(lines).toContain(`SLUICE_INSTANCE=${id}`)
    expect(lines).toContain('SLUICE_ROLE=live')
    expect(lines).toContain(`HOME=${join(folderOf(id), 'home')}`)
    expect(lines).toContain(join(folderOf(id), 'app'))
    expect(lines.find((line) => line.startsWith('PATH='))).not.toContain(join(process.cwd(), 'node_modules'))
  } finally {
    delete process.env['SLUICE_TEST_TOKEN']
  }
})
const sluiceNames = ['INSTANCE', 'RELEASE', 'ROLE', 'ROLE_FILE', 'SERVICE', 'STAGE'].map(
  (name) => `SLUICE_${name}`,
)

test('what an instance writes into its folder stays with it: others and the artifact never see it', async () => {
  const files = { 'server.cjs': server, 'note.txt': 'as built' }
  await run(files, `echo "by $SLUICE_INSTANCE" > note.txt; ${node} server.cjs`, { count: 2 })
  const seen = await stage.ready(2)
  for (const { id } of seen) {
    expect(await readFile(join(folderOf(id), 'app', 'note.txt'), 'utf8')).toBe(`by ${id}\n`)
  }
  const artifact = await stage.artifacts.make(files)
  expect(await readFile(join(stage.folder, 'artifacts', artifact, 'note.txt'), 'utf8')).toBe('as built')
})

test('a damaged artifact is never started', async () => {
  const artifact = await stage.artifacts.make({ 'server.cjs': server })
  await writeFile(join(stage.folder, 'artifacts', artifact, 'server.cjs'), 'process.exit(0)')
  await stage.scale({ release: 1, artifact, run: recipe(`${node} server.cjs`), count: 1 })
  const [failed] = await stage.until((all) => all[0]?.state === 'failed', 'failed')
  expect(failed?.lastWords).toContain('is not what was kept')
  expect(failed?.restarts).toBe(0)
})

test('one that ignores SIGTERM is killed after its time, with its children, and its folder goes', async () => {
  const deaf = `trap '' TERM; ${node} server.cjs & ${node} -e "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)" & wait`
  const { id } = await run({ 'server.cjs': `process.on('SIGTERM', () => {})\n${server}` }, deaf, {
    termMs: 300,
  })
  await stage.ready()
  await eventually(() => processesOf(id).length === 3, 'the shell and both children')
  const before = performance.now()
  await stop()
  expect((await stage.instances())[0]?.state).toBe('stopping')
  await stage.gone()
  expect(performance.now() - before).toBeGreaterThanOrEqual(300)
  expect(processesOf(id)).toEqual([])
  await expect(stat(folderOf(id))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('one that ends its work on SIGTERM is given its time and is not killed', async () => {
  const note = join(stage.folder, 'said-goodbye')
  const polite = `process.on('SIGTERM', () => setTimeout(() => { require('node:fs').writeFileSync(process.env.NOTE, 'bye'); process.exit(0) }, 200))\n`
  await run({ 'server.cjs': polite + server }, `${node} server.cjs`, { env: { NOTE: note } })
  await stage.ready()
  await stop()
  await stage.gone()
  expect(await readFile(note, 'utf8')).toBe('bye')
})

test('a child that left the process group is found by its mark and ended too', async () => {
  const { id } = await run({ 'server.cjs': server }, `setsid sleep 1000 & ${node} server.cjs`)
  const [{ port } = { port: 0 }] = await stage.ready()
  const leader = Number(await ask(port))
  await eventually(
    () => processesOf(id).some((pid) => readStat(pid)?.group === pid && pid !== leader),
    'the runaway',
  )
  await stop()
  await stage.gone()
  expect(processesOf(id)).toEqual([])
})

test('a command that goes to the background counts as ended, and what it left is ended too', async () => {
  const { id } = await run({ 'server.cjs': server }, `${node} server.cjs & exit 0`)
  const [seen] = await stage.until((all) => (all[0]?.restarts ?? 0) >= 2, 'ended and started again')
  expect(seen?.lastWords).toContain('exit code 0')
  await eventually(() => processesOf(id).length <= 2, 'no more than one run at a time')
})

test('an instance that exits 0 at once is restarted, counted, and slowed down', async () => {
  await run({}, 'echo done already')
  const [seen] = await stage.until((all) => all[0]?.state === 'crash-looping', 'crash-looping')
  expect(seen).toMatchObject({ restarts: 3, lastWords: expect.stringContaining('exit code 0') })
  expect(seen?.lastWords).toContain('done already')
})

test('an instance that is killed is restarted on the same port, and says by what', async () => {
  await run({ 'server.cjs': server }, `exec ${node} server.cjs`)
  const [before] = await stage.ready()
  process.kill(Number(await ask(before!.port)), 'SIGKILL')
  const [after] = await stage.until(
    (all) => all[0]?.restarts === 1 && all[0].state === 'ready',
    'ready again',
  )
  expect(after).toMatchObject({ id: before!.id, port: before!.port })
  expect(after?.lastWords).toMatch(/^signal SIGKILL\nlistening/)
  expect(after!.startedAt).toBeGreaterThan(before!.startedAt)
})

test('an instance that is restarted finds its own folders as it left them, and is not given a new copy', async () => {
  await run(
    { 'server.cjs': server, 'note.txt': 'as built' },
    `echo start >> note.txt; echo start >> "$HOME/note.txt"; exec ${node} server.cjs`,
  )
  const [{ id, port }] = (await stage.ready()) as [InstanceLook]
  const folder = await stat(join(folderOf(id), 'app'))
  process.kill(Number(await ask(port)), 'SIGKILL')
  await stage.until((all) => all[0]?.restarts === 1 && all[0].state === 'ready', 'ready again')
  expect(await readFile(join(folderOf(id), 'app', 'note.txt'), 'utf8')).toBe('as builtstart\nstart\n')
  expect(await readFile(join(folderOf(id), 'home', 'note.txt'), 'utf8')).toBe('start\nstart\n')
  expect((await stat(join(folderOf(id), 'app'))).ino).toBe(folder.ino)
})

test('one that opens its port late is ready late, not failed', async () => {
  const { id } = await run({ 'server.cjs': `setTimeout(() => {${server}}, 700)` }, `exec ${node} server.cjs`)
  const states: string[] = []
  await stage.until((all) => {
    states.push(all[0]!.state)
    return all[0]?.state === 'ready'
  }, 'ready')
  expect(new Set(states)).toEqual(new Set(['starting', 'ready']))
  expect((await stage.instances())[0]).toMatchObject({ id, restarts: 0, lastWords: null })
})

test('one that answers its health path with 500 is never ready, and its last words say so', async () => {
  const sick = server.replace("'well'", "(answer.statusCode = 500, 'sick')")
  await run({ 'server.cjs': sick }, `exec ${node} server.cjs`, { waitMs: 600 })
  const [seen] = await stage.until((all) => all[0]?.state === 'failed', 'failed')
  expect(seen?.lastWords).toMatch(/^not ready within 600 ms: GET \/healthz answered 500\nlistening/)
})

test('one that listens on another port than it was given is never ready', async () => {
  const other = server.replace('Number(process.env.PORT)', '0')
  await run({ 'server.cjs': other }, `exec ${node} server.cjs`, { waitMs: 600 })
  const [seen] = await stage.until((all) => all[0]?.state === 'failed', 'failed')
  expect(seen?.lastWords).toContain('ECONNREFUSED')
})

test('without a health path an open port is enough', async () => {
  const plain = `require('node:net').createServer(() => {}).listen(Number(process.env.PORT), '127.0.0.1')`
  await run({ 'server.cjs': plain }, `exec ${node} server.cjs`, { path: null })
  await stage.ready()
})

test('a server of somebody else on the port is never taken for the instance, which gets another port', async () => {
  // Waits for a sign before it listens, so that the stranger comes first.
  const sign = join(stage.folder, 'taken')
  const patient = `while [ ! -e "$SIGN" ]; do sleep 0.05; done; exec ${node} server.cjs`
  await run({ 'server.cjs': server }, patient, { env: { SIGN: sign } })
  const [first] = await stage.until(
    (all) => all[0]!.port > 0 && all[0]!.startedAt > 0 && processesOf(all[0]!.id).length > 0,
    'started',
  )
  const stranger = createServer((_, answer) => answer.end('well'))
  await new Promise<void>((resolve) => stranger.listen(first!.port, '127.0.0.1', resolve))
  try {
    const states: string[] = []
    const [moved] = await stage.until((all) => {
      states.push(all[0]!.state)
      return all[0]!.port !== first!.port
    }, 'another port')
    expect(states).not.toContain('ready')
    expect(moved?.lastWords).toContain('belongs to another program')
    await writeFile(sign, '')
    const [seen] = await stage.ready()
    expect(seen!.port).not.toBe(first!.port)
    expect(processesOf(seen!.id).map(String)).toContain(await ask(seen!.port))
  } finally {
    stranger.closeAllConnections()
    await new Promise((resolve) => stranger.close(resolve))
  }
})

test('one that stops answering is unhealthy, and ready again when it answers', async () => {
  await run({ 'server.cjs': server }, `exec ${node} server.cjs`)
  const [{ port } = { port: 0 }] = await stage.ready()
  const pid = Number(await ask(port))
  process.kill(pid, 'SIGSTOP')
  await stage.until((all) => all[0]?.state === 'unhealthy', 'unhealthy')
  process.kill(pid, 'SIGCONT')
  const [seen] = await stage.ready()
  expect(seen?.restarts).toBe(0)
})

test('an instance that prints without end fills no disk, and the end of its output is kept', async () => {
  const { id } = await run(
    {},
    'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); echo "line $i of a long story"; done; exec sleep 1000',
    {
      path: null,
      waitMs: 100,
    },
  )
  await eventually(
    async () => (await stage.target().output(id, 1_000)).includes('line 100000 of'),
    'the last line',
  )
  await eventually(async () => (await sizeOf(folderOf(id))) <= 250_000, 'the output cut down')
  const tail = await stage.target().output(id, 30_000)
  expect(tail.length).toBeGreaterThan(20_000)
  expect(tail.endsWith('line 100000 of a long story\n')).toBe(true)
})

test('lines at ERROR level are counted as they come, also through a cut', async () => {
  const long = 'x'.repeat(100)
  const { id } = await run(
    {},
    `echo ERROR one; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "fine ${long}"; done; sleep 1; echo '{"level":50}'; exec sleep 1000`,
    {
      path: null,
      waitMs: 100,
    },
  )
  await stage.until((all) => all[0]?.use.errorLines === 2, 'two error lines')
  expect(await sizeOf(folderOf(id))).toBeLessThan(250_000)
  await stage.reopen()
  await stage.until((all) => all[0]?.use.errorLines === 2, 'still two error lines')
})

test('use is summed over the process group', async () => {
  const busy = `${node} -e "const kept = Buffer.alloc(50e6, 1); setInterval(() => kept.length, 1000)" & exec ${node} server.cjs`
  const { id } = await run({ 'server.cjs': server }, busy)
  await stage.ready()
  const [seen] = await stage.until((all) => all[0]!.use.memoryBytes > 120e6, 'the memory of both')
  expect(processesOf(id)).toHaveLength(2)
  expect(seen!.use.cpuMs).toBeGreaterThan(0)
  expect(seen!.use.threads).toBeGreaterThan(10)
  expect(seen!.use.fds).toBeGreaterThan(20)
  expect(seen!.use.writeBytes).toBeGreaterThan(0)
})

test('shrinking stops what is not ready before what is', async () => {
  // The first to come finds no sign and never gets well; the second does.
  const { id: sick } = await run({ 'server.cjs': server }, `exec ${node} server.cjs`)
  await stage.ready()
  await run({ 'server.cjs': server }, `exec ${node} server.cjs`, { count: 2 })
  const [first, second] = await stage.ready(2)
  expect(first?.id).toBe(sick)
  process.kill(Number(await ask(first!.port)), 'SIGSTOP')
  await stage.until((all) => all.find(({ id }) => id === sick)?.state === 'unhealthy', 'the first unhealthy')
  await run({ 'server.cjs': server }, `exec ${node} server.cjs`, { count: 1 })
  const [left] = await stage.until((all) => all.length === 1, 'one left')
  expect(left?.id).toBe(second?.id)
})

test('a new role is told to the running instance through its role file', async () => {
  const { id } = await run({ 'server.cjs': server }, `exec ${node} server.cjs`)
  await stage.ready()
  const artifact = await stage.artifacts.make({ 'server.cjs': server })
  await stage.scale({ release: 1, artifact, run: recipe(`exec ${node} server.cjs`), count: 1, role: 'warm' })
  expect(await readFile(join(folderOf(id), 'role'), 'utf8')).toBe('warm')
})

test('a zombie is not taken for a running process', async () => {
  // The child's parent never waits for it.
  const { id } = await run({}, `${node} -e "require('node:child_process').spawn('true')" & exec sleep 1000`, {
    path: null,
    waitMs: 100,
  })
  // sleep, which took the shell's place, never waits for the node process.
  let zombie: number | undefined
  await eventually(() => {
    zombie = zombiesOf(processesOf(id)[0] ?? 0)[0]
    return zombie !== undefined
  }, 'a zombie')
  expect(() => process.kill(zombie!, 0)).not.toThrow()
  expect(isStillRunning({ pid: zombie!, startTicks: readStat(zombie!)!.startTicks })).toBe(false)
  expect(listProcesses().some(({ pid }) => pid === zombie)).toBe(false)
})

function zombiesOf(group: number): readonly number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return all.filter((pid) => {
    const seen = readStat(pid)
    return seen?.group === group && seen.state === 'Z'
  })
}

async function sizeOf(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('output'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
