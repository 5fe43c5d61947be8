// Artifacts that a team's own CI builds: the very commands of the examples, against a real server.
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { scratchFolder, scratchRepository } from '../kit/scratch-repository.ts'
import { live, onBoard, releaseOn, saidBy } from './parts/board-looks.ts'
import { installation, type Installation } from './parts/installation.ts'
import { programs, strays } from './parts/processes.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 240_000
const ROOT = join(import.meta.dirname, '..', '..')
const EXAMPLE = join(ROOT, 'examples', 'own-ci')

const workflow = z.object({
  jobs: z.object({
    release: z.object({
      steps: z.array(z.object({ name: z.string().optional(), run: z.string().optional() })),
    }),
  }),
})
const pipeline = z.object({ release: z.object({ script: z.array(z.string()) }) })

/** Its install step is left out: the program itself is on the path instead. */
function githubCommands(): readonly string[] {
  const { steps } = workflow.parse(
    parse(readFileSync(join(EXAMPLE, '.github/workflows/release.yml'), 'utf8')),
  ).jobs.release
  return steps.flatMap(({ name, run }) => (run === undefined || name === 'Install Sluice' ? [] : [run]))
}

function gitlabCommands(): readonly string[] {
  return pipeline.parse(parse(readFileSync(join(EXAMPLE, '.gitlab-ci.yml'), 'utf8'))).release.script
}

/** The example's config with a pace that a test can wait for. */
function configText({ apiPort, routerPort }: Installation): string {
  const text = readFileSync(join(EXAMPLE, 'sluice.config.ts'), 'utf8')
  const quick = text
    .replace('defineConfig({', `defineConfig({\n  listen: { port: ${routerPort}, api: ${apiPort} },`)
    .replace("branch: 'main' }", "branch: 'main', poll: '1s' }")
    .replace(
      "bake: { for: '1h' }",
      "traffic: 'none', bake: { for: '1s', own: '1s' }, inconclusive: 'promote'",
    )
    .replace('instances: 2 }', "instances: 2, rollout: ['all-at-once'], inconclusive: 'promote' }")
  expect(quick.match(/listen|poll|own:|all-at-once/g)).toHaveLength(4)
  return quick
}

type Job = {
  readonly sha: string
  readonly commands: readonly string[]
  readonly env: Record<string, string>
}

/** A checkout of its own, as a CI has it; every command as a step, stopping at the first that fails. */
async function ci(repository: string, tools: string, { sha, commands, env }: Job): Promise<string> {
  const checkout = scratchFolder('ci')
  try {
    const run = promisify(execFile)
    await run('git', ['clone', '--quiet', repository, checkout])
    await run('git', ['-C', checkout, 'checkout', '--quiet', sha])
    let said = ''
    for (const command of commands) {
      const { stdout, stderr } = await run('bash', ['-eo', 'pipefail', '-c', command], {
        cwd: checkout,
        env: {
          PATH: `${tools}:${process.env['PATH']}`,
          HOME: checkout,
          npm_config_update_notifier: 'false',
          ...env,
        },
      })
      said += stdout + stderr
    }
    return said
  } finally {
    rmSync(checkout, { recursive: true, force: true })
  }
}

test(
  'what the example pipelines build is taken to production: after the merge and before it, once, and across a crash',
  async () => {
    const at = await installation()
    const repository = scratchRepository()
    const tools = scratchFolder('tools')
    onTestFinished(async () => {
      await at.remove()
      repository.remove()
      rmSync(tools, { recursive: true, force: true })
      expect(strays(at.state)).toEqual([])
    })
    symlinkSync(join(ROOT, 'bin', 'sluice.cjs'), join(tools, 'sluice'))
    cpSync(EXAMPLE, repository.folder, { recursive: true })
    const first = repository.commit('the shop', { 'sluice.config.ts': configText(at) })
    const up = await at.up(repository.folder)
    expect(up, saidBy(up)).toMatchObject({ code: 0 })
    const added = await at.cli(repository.folder, 'token', 'add', 'ci', '--json')
    const { token } = z.object({ token: z.string() }).parse(JSON.parse(added.stdout))
    const env = { SLUICE_SERVER: `http://127.0.0.1:${at.apiPort}`, SLUICE_TOKEN: token }
    const kept = (): readonly string[] =>
      existsSync(join(at.state, 'uploads')) ? readdirSync(join(at.state, 'uploads')) : []

    // Merged first: it waits, and says for what.
    await onBoard(at, '#1 waits', (board) => releaseOn(board, 'shop', 1)?.build.state === 'waiting')
    const why = await at.cli(repository.folder, 'why', '1')
    expect(saidBy(why)).toContain(`sluice artifact add --service shop --sha ${first}`)
    const github = await ci(repository.folder, tools, {
      sha: first,
      commands: githubCommands(),
      env: {
        ...env,
        GITHUB_SHA: first,
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_REPOSITORY: 'shop/shop',
        GITHUB_RUN_ID: '77',
      },
    })
    expect(github).toContain('the artifact of #1 was added')
    await live(at, 'shop', 'production', 1)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe(`built by CI of ${first}\n`)
    const [release] = await at.releases('shop', 1)
    expect(release?.added).toMatchObject({
      artifact: release?.artifact,
      by: { kind: 'person', name: 'ci' },
      provenance: 'https://github.example/shop/shop/actions/runs/77',
    })
    expect((await at.audit(50, 1)).find(({ type }) => type === 'artifact-added')).toMatchObject({
      by: { kind: 'person', name: 'ci' },
    })

    // Built first: it is kept until it is merged. The server dies in between.
    repository.git('checkout', '--quiet', '-b', 'next')
    const second = repository.commit('a second page', { 'src/page.js': '// two\n' })
    const gitlab = { ...env, CI_COMMIT_SHA: second, CI_JOB_URL: 'https://gitlab.example/shop/-/jobs/8' }
    const job = { sha: second, commands: gitlabCommands(), env: gitlab }
    const before = await ci(repository.folder, tools, job)
    expect(before).toContain('which is not merged yet')
    process.kill(programs('server', at.state)[0] ?? 0, 'SIGKILL')
    await onBoard(at, 'the server is back', () => true)
    const listed = await at.cli(repository.folder, 'artifact', 'list')
    expect(saidBy(listed)).toContain(second.slice(0, 10))
    repository.git('checkout', '--quiet', 'main')
    repository.git('merge', '--quiet', '--ff-only', 'next')
    await live(at, 'shop', 'production', 2)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe(`built by CI of ${second}\n`)

    // The job once more changes nothing; another artifact, or one that changed on its way, is refused.
    expect(await ci(repository.folder, tools, job)).toContain('#2 has this very artifact already')
    const other = join(tools, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'server.js'), '// another\n')
    const refused = await at.cli(tools, 'artifact', 'add', 'other', '--service', 'shop', '--sha', second)
    expect(refused, saidBy(refused)).toMatchObject({ code: 2 })
    expect(saidBy(refused)).toContain('artifact/other-stands')
    const third = repository.commit('a third page', { 'src/page.js': '// three\n' })
    await promisify(execFile)('tar', ['-czf', join(tools, 'other.tgz'), '-C', other, '.'])
    const changed = await at.cli(
      tools,
      ...['artifact', 'add', 'other.tgz', '--sha', third, '--checksum', `sha256:${'0'.repeat(64)}`],
    )
    expect(changed, saidBy(changed)).toMatchObject({ code: 2 })
    expect(saidBy(changed)).toContain('artifact/checksum-differs')
    expect(kept()).toEqual([])
    await onBoard(at, '#3 still waits', (board) => releaseOn(board, 'shop', 3)?.build.state === 'waiting')
    expect((await at.releases('shop', 1))[0]?.added).toBeNull()
  },
  MS_MAX,
)
