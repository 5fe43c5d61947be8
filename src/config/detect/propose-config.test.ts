import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../load/load-config.ts'
import { type Answers, type Proposal, proposeConfig, safeName, writeFinding } from './propose-config.ts'
import { createFolderFiles, type RepoFiles } from './repo-files.ts'

type Files = Readonly<Record<string, string>>

function repoOf(files: Files, name = 'shop', branch: string | null = 'main'): RepoFiles {
  const texts = new Map(Object.entries(files))
  return { name, branch, paths: [...texts.keys()].sort(), read: async (path) => texts.get(path) ?? null }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-detect-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** What the proposal means once our own loader has read it. */
async function loaded(proposal: Proposal) {
  const file = join(folder, proposal.name)
  await writeFile(file, proposal.config)
  const result = await loadConfig(file)
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes, null, 1) + proposal.config)
  const service = result.config.services[0]!
  return {
    service: service.service,
    branch: service.source.branch,
    build: service.build.command,
    run: service.run.command,
    health: service.run.health.path,
    stages: service.stages.map(({ stage }) => stage),
    definition: service,
  }
}

async function propose(files: Files, answers: Answers = {}) {
  const proposal = await proposeConfig(repoOf(files), answers)
  return { ...(await loaded(proposal)), proposal }
}

const manifest = (fields: object) => ({ 'package.json': JSON.stringify(fields) })
const LOCKED = { 'package-lock.json': '{}' }
const DEPENDING = { dependencies: { hono: '4' } }

describe('how a repository is built and run', () => {
  test.each<[string, Files, string | null, string]>([
    [
      'npm with a lockfile',
      { ...manifest({ ...DEPENDING, scripts: { build: 'tsc', start: 'node dist/server.js' } }), ...LOCKED },
      'npm ci && npm run build',
      'node dist/server.js',
    ],
    [
      'no dependencies at all',
      { ...manifest({ scripts: { start: 'node server.js' } }) },
      null,
      'node server.js',
    ],
    [
      'npm without a lockfile',
      manifest({ ...DEPENDING, scripts: { start: 'FOO=1 node a.js' } }),
      'npm install',
      'npm start',
    ],
    [
      'pnpm',
      { ...manifest({ ...DEPENDING, scripts: { build: 'x', start: 'next start' } }), 'pnpm-lock.yaml': '' },
      'pnpm install --frozen-lockfile && pnpm run build',
      'pnpm start',
    ],
    [
      'classic yarn',
      { ...manifest({ ...DEPENDING, scripts: { 'start:prod': 'node dist/main' } }), 'yarn.lock': '' },
      'yarn install --frozen-lockfile',
      'node dist/main',
    ],
    [
      'yarn as the manifest declares it',
      {
        ...manifest({ ...DEPENDING, packageManager: 'yarn@4.1.0', scripts: { start: 'x' } }),
        'yarn.lock': '',
      },
      'yarn install --immutable',
      'yarn start',
    ],
    [
      'bun',
      { ...manifest({ ...DEPENDING, scripts: { start: 'bun run server.ts' } }), 'bun.lock': '' },
      'bun install --frozen-lockfile',
      'bun start',
    ],
    ['the main file', { ...manifest({ main: './lib/app.js' }), 'lib/app.js': '' }, null, 'node lib/app.js'],
    [
      'a start script with something before it',
      manifest({ scripts: { prestart: 'x', start: 'node a.js' } }),
      null,
      'npm start',
    ],
    [
      'a site that a build writes',
      { ...manifest({ devDependencies: { vite: '8' }, scripts: { build: 'vite build' } }), ...LOCKED },
      'npm ci && npm run build',
      'python3 -m http.server "$PORT" --bind 127.0.0.1 --directory dist',
    ],
    [
      'a Procfile beside it',
      {
        ...manifest({ scripts: { start: 'node a.js' } }),
        Procfile: 'web: node b.js --port $PORT\nworker: node w.js\n',
      },
      null,
      'node b.js --port $PORT',
    ],
    [
      'a Procfile of Python, whose programs are elsewhere here',
      { 'requirements.txt': 'gunicorn', Procfile: 'web: gunicorn shop.wsgi' },
      'python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt',
      '.venv/bin/python -m gunicorn shop.wsgi',
    ],
    [
      'a Procfile of Go, whose binary is elsewhere here',
      { 'go.mod': '', 'main.go': 'package main', Procfile: 'web: bin/shop --fast' },
      'go build -o bin/server .',
      './bin/server --fast',
    ],
    [
      'a Procfile that lets Go itself run it',
      { 'go.mod': '', 'main.go': 'package main', Procfile: 'web: go run .' },
      'go build -o bin/server .',
      'go run .',
    ],
    [
      'FastAPI',
      {
        'requirements.txt': 'fastapi\nuvicorn\n',
        'app/main.py': 'from fastapi import FastAPI\napi = FastAPI()\n',
      },
      'python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt',
      '.venv/bin/python -m uvicorn app.main:api --host 127.0.0.1 --port $PORT',
    ],
    [
      'Flask with gunicorn',
      { 'requirements.txt': 'Flask==3\ngunicorn', 'app.py': 'app = Flask(__name__)\n' },
      'python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt',
      '.venv/bin/python -m gunicorn --bind 127.0.0.1:$PORT app:app',
    ],
    [
      'Flask by itself',
      { 'requirements.txt': 'flask', 'src/shop/__init__.py': 'app = Flask(__name__)\n' },
      'python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt',
      '.venv/bin/python -m flask --app src/shop run --port $PORT',
    ],
    [
      'Django with gunicorn',
      { 'manage.py': '', 'shop/wsgi.py': '', 'pyproject.toml': 'dependencies = ["gunicorn"]', 'uv.lock': '' },
      'uv sync --frozen',
      '.venv/bin/python -m gunicorn --bind 127.0.0.1:$PORT shop.wsgi',
    ],
    [
      'plain Python',
      { 'main.py': '', 'setup.py': '' },
      'python3 -m venv .venv && .venv/bin/python -m pip install .',
      '.venv/bin/python main.py',
    ],
    ['Go', { 'go.mod': 'module x', 'main.go': 'package main\n' }, 'go build -o bin/server .', './bin/server'],
    [
      'Go with commands',
      {
        'go.mod': '',
        'lib.go': 'package shop\n',
        'cmd/cli/main.go': 'package main',
        'cmd/shop-server/main.go': 'package main',
      },
      'go build -o bin/shop-server ./cmd/shop-server',
      './bin/shop-server',
    ],
    [
      'Rack',
      { 'config.ru': '', Gemfile: "gem 'sinatra'\n" },
      'bundle config set --local path vendor/bundle && bundle install',
      'bundle exec rackup --host 127.0.0.1 --port $PORT',
    ],
    [
      'Rails with puma',
      { 'config.ru': '', 'config/application.rb': '', Gemfile: 'gem "puma"\n', ...manifest({}) },
      'bundle config set --local path vendor/bundle && bundle install',
      'bundle exec puma --bind tcp://127.0.0.1:$PORT',
    ],
    [
      'Rust',
      { 'Cargo.toml': '[package]\nname = "shop"\n' },
      'cargo build --release',
      './target/release/shop',
    ],
    [
      'plain files',
      { 'public/index.html': '' },
      null,
      'python3 -m http.server "$PORT" --bind 127.0.0.1 --directory public',
    ],
    [
      'a Dockerfile',
      { Dockerfile: 'FROM x\nEXPOSE 3000\nENTRYPOINT ["./run", "a b"]\nCMD --fast\n' },
      null,
      "./run 'a b' --fast",
    ],
  ])('%s', async (_, files, build, run) => {
    const result = await propose(files)
    expect({ build: result.build, run: result.run }).toEqual({ build, run })
    expect(result.stages).toEqual(['staging', 'production'])
  })

  test('an empty repository gives a config that loads, and asks what to run', async () => {
    const { proposal, run } = await propose({})
    expect(run).toContain('exit 1')
    expect(proposal.config).toContain('PLEASE WRITE HERE')
    expect(proposal.questions).toEqual([
      { about: 'run', text: 'Which command starts one instance?', guess: null },
    ])
  })

  test('a Node.js package runs as in production, and a name that says nothing gives way to the folder', async () => {
    const { proposal, service } = await propose(manifest({ name: '@acme/source', main: 'a.js' }))
    expect(proposal.config).toContain("env: { NODE_ENV: 'production' },")
    expect(service).toBe('shop')
    expect((await propose(manifest({ name: '@acme/till' }))).service).toBe('till')
  })

  test('answers win, and are not asked again', async () => {
    const answers = { service: 'till', branch: 'trunk', build: 'make', run: './till', health: '/ok' }
    const { proposal, ...rest } = await propose({}, answers)
    expect(rest).toMatchObject(answers)
    expect(proposal.questions).toEqual([])
  })

  test('several packages in one repository are asked about', async () => {
    const { proposal } = await propose(manifest({ workspaces: ['packages/*'] }))
    expect(proposal.questions.map(({ text }) => text)).toEqual([
      'This repository holds several packages; which command starts the one to deploy?',
    ])
  })

  test('a broken package.json is as good as none', async () => {
    expect((await propose({ 'package.json': '{', 'index.html': '' })).run).toContain('--directory .')
  })
})

describe('where the proposal goes', () => {
  test('beside a tsconfig.json, where a compiler without the package sluice would stumble over a .ts', async () => {
    const compiled = { ...manifest({ scripts: { start: 'node lib/server.js' } }), 'tsconfig.json': '{}' }
    expect((await propose(compiled)).proposal.name).toBe('sluice.config.mjs')
  })

  test.each<[string, Files]>([
    ['nothing compiles it', manifest({ scripts: { start: 'node server.js' } })],
    [
      'another folder is compiled',
      { ...manifest({ scripts: { start: 'node a.js' } }), 'web/tsconfig.json': '{}' },
    ],
    ['the package is at hand', { ...manifest({ devDependencies: { sluice: '1' } }), 'tsconfig.json': '{}' }],
  ])('sluice.config.ts where %s', async (_, files) => {
    expect((await propose(files)).proposal.name).toBe('sluice.config.ts')
  })
})

describe('what the source says', () => {
  test.each<[string, Files, string | null]>([
    ['a route', { 'src/server.ts': "app.get('/healthz', ok)" }, '/healthz'],
    ['a route of Go 1.22', { 'main.go': 'mux.HandleFunc("GET /livez", ok)' }, '/livez'],
    ['the better of two', { 'a.py': '@app.get("/health")\n@app.get("/healthz/")' }, '/healthz'],
    ['a file that is a route', { 'app/api/health/route.ts': '' }, '/api/health'],
    ['Rails', { 'config/routes.rb': '  get "up" => "rails/health#show"' }, '/up'],
    ['nothing but a test', { 'test/server.js': "get('/healthz')" }, null],
    ['nothing but a longer word', { 'a.js': "'/healthzone'" }, null],
  ])('the health path from %s', async (_, files, path) => {
    expect((await propose(files)).health).toBe(path)
  })

  async function warnings(files: Files): Promise<readonly string[]> {
    const { proposal } = await propose(files)
    const lines = proposal.found.filter(({ level }) => level === 'warning').map(writeFinding)
    for (const line of lines) expect(proposal.config).toContain(`// ${line}`)
    return lines
  }

  const START = manifest({ scripts: { start: 'node server.js' } })

  test.each([
    'const port = process.env.PORT ?? 3000',
    "const port = process.env['PORT']",
    'const { PORT = 3000 } = process.env',
    'port = os.environ.get("PORT", 8080)',
    'port := os.Getenv("PORT")',
    'if port := getEnv("PORT"); port != "" {',
    'cfg.ListenPort, err = strconv.Atoi(getEnvVal("PORT"))',
    'port ENV.fetch("PORT") { 3000 }',
  ])('%s reads PORT', async (line) => {
    expect(await warnings({ ...START, 'server.js': line })).toEqual([])
  })

  test.each([
    ['server.listen(3000)', '3000'],
    ['const port = 8080', '8080'],
    ['http.ListenAndServe(":9090", nil)', '9090'],
  ])('%s is a port written out', async (line, port) => {
    expect(await warnings({ ...START, 'server.js': `\n${line}` })).toEqual([
      `server.js:2: seems to listen on ${port}; it must listen on the port in PORT.`,
    ])
  })

  test('a port that belongs to a database is not the server', async () => {
    expect(await warnings({ ...START, 'server.js': 'const db = { port: 5432 }' })).toEqual([
      'Nothing here seems to read PORT; an instance must listen on the port it finds there.',
    ])
  })

  test('a server that is known to read PORT needs no warning, one told another port does', async () => {
    expect(await warnings(manifest({ scripts: { start: 'next start' } }))).toEqual([])
    expect(await warnings({ Procfile: 'web: serve --port 4000' })).toEqual([
      'Nothing here seems to read PORT; an instance must listen on the port it finds there.',
      'The command names port 4000; instances are given a port each, in PORT.',
    ])
  })

  test('settings that a build fixes are warned of, by name', async () => {
    const files = {
      ...START,
      'server.js': 'process.env.PORT',
      'a.ts': 'import.meta.env.VITE_API',
      'b.ts': 'process.env.NEXT_PUBLIC_KEY, VITE_API',
    }
    expect(await warnings(files)).toEqual([
      'a.ts:1: VITE_API, NEXT_PUBLIC_KEY would be fixed when it is built, the same in every stage; what differs between stages must be read when it runs.',
    ])
  })

  test('`PUBLIC_` counts only where a framework makes it public', async () => {
    const source = { 'server.js': 'process.env.PORT; PUBLIC_URL' }
    expect(await warnings({ ...START, ...source })).toEqual([])
    const withAstro = manifest({ scripts: { start: 'node server.js' }, dependencies: { astro: '5' } })
    expect((await warnings({ ...withAstro, ...LOCKED, ...source }))[0]).toContain('PUBLIC_URL')
  })

  test('a server for developing is warned of', async () => {
    expect((await warnings(manifest({ scripts: { start: 'nodemon a.js --port $PORT' } })))[0]).toBe(
      'package.json: the `start` script starts a server for developing: nodemon a.js --port $PORT.',
    )
  })

  test('what a Procfile says beyond `web` is proposed, but what is started by hand', async () => {
    const files = { Procfile: 'web: x $PORT\nrelease: migrate\nworker: w\nrake: bundle exec rake' }
    expect(await warnings(files)).toEqual([
      'Procfile:4: `rake` is left out; it looks like something that is started by hand.',
    ])
    const { run, stages } = (await propose(files)).definition
    expect(run).toMatchObject({
      command: 'x $PORT',
      release: { command: 'migrate' },
      workers: [{ process: 'worker', command: 'w' }],
    })
    expect(stages[1]).toMatchObject({ instances: 2, workers: { worker: 1 } })
  })

  test('a Procfile without `web` is a service without a port', async () => {
    const { run, stages } = (await propose({ Procfile: 'sender: s\nclock_work: c' })).definition
    expect(run).toMatchObject({ command: 's', process: 'sender', workers: [{ process: 'clock-work' }] })
    expect(stages[1]).toMatchObject({ portless: true, instances: 2 })
  })
})

describe('names', () => {
  test.each([
    ['shop', 'shop'],
    ['@acme/Shop_API', 'shop-api'],
    ['42-answers', 'answers'],
    ['---', null],
    ['übung', 'bung'],
    [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
  ])('%s becomes %s', (text, name) => {
    expect(safeName(text)).toBe(name)
  })

  test('hostile names of branches, files and scripts stay inside their quotes and comments', async () => {
    const nasty = "it's\\ `${1}` */ \n process.exit(1) \u2028 //"
    const proposal = await proposeConfig(
      repoOf(
        {
          ...manifest({ name: nasty, scripts: { start: `vite ${nasty}` } }),
          Procfile: `web: x '\\' $PORT "`,
        },
        nasty,
        'a/b',
      ),
    )
    expect((await loaded(proposal)).run).toBe(`x '\\' $PORT "`)
    const answered = await proposeConfig(repoOf({}), { run: nasty, build: nasty })
    expect(await loaded(answered)).toMatchObject({ run: nasty, build: nasty })
  })
})

describe('a folder', () => {
  async function lay(files: Files): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
  }
  const git = async (...words: readonly string[]) => promisify(execFile)('git', ['-C', folder, ...words])

  const hasGit = spawnSync('git', ['--version']).status === 0
  if (!hasGit) console.warn('git is not installed: the view of a git repository is not tested')

  test.skipIf(!hasGit && process.env['CI'] !== 'true')(
    'of git shows what is tracked or could be, and its branch',
    async () => {
      await lay({
        'server.js': 'process.env.PORT',
        'node_modules/a/index.js': '',
        '.gitignore': 'node_modules\n',
      })
      await git('init', '-q', '-b', 'trunk')
      const repo = await createFolderFiles(folder)
      expect(repo.paths).toEqual(['.gitignore', 'server.js'])
      expect(repo.branch).toBe('trunk')
      expect(await repo.read('server.js')).toBe('process.env.PORT')
    },
  )

  test('that git does not know is walked, without what was installed', async () => {
    await lay({ 'a/b.txt': 'x', 'node_modules/c.js': '', 'picture.png': 'a\0b' })
    const repo = await createFolderFiles(folder)
    expect(repo.paths).toEqual(['a/b.txt', 'picture.png'])
    expect(repo.branch).toBeNull()
    expect(await repo.read('picture.png')).toBeNull()
    expect(await repo.read('not-there')).toBeNull()
  })
})
