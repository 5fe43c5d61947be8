// Go, Ruby, Rust, and sites of plain files.
import { found, type Guess, type Question, warning } from './guess.ts'
import { serveFolder } from './guess-node.ts'
import type { RepoFiles } from './repo-files.ts'

export async function guessGo(repo: RepoFiles): Promise<Guess | null> {
  if (!repo.paths.includes('go.mod')) return null
  const mains = await goMains(repo)
  const [first] = mains
  const name = first === undefined || first === '.' ? 'server' : (first.split('/').at(-1) ?? 'server')
  const questions: Question[] =
    mains.length > 1
      ? [{ about: 'build', text: `Which of ${mains.join(', ')} is the server?`, guess: first ?? null }]
      : []
  return {
    what: 'a Go module',
    build: first === undefined ? null : `go build -o bin/${name} ${first === '.' ? '.' : `./${first}`}`,
    run: first === undefined ? null : `./bin/${name}`,
    readsPort: false,
    adapt: (command) => (first === undefined ? command : withBinary(command, `./bin/${name}`)),
    findings: [found('a Go module', 'go.mod')],
    questions,
  }
}

/** On other hosts what was built is found by its name alone; `go run` and shells stay what they are. */
function withBinary(command: string, binary: string): string {
  return command.replace(/^(?!(?:go|sh|bash|env|exec) )(?:\.?\/?bin\/)?[\w-]+(?= |$)/, binary)
}

const MAINS_READ_MAX = 50

/** Folders that hold a `package main`: the root first, then those under `cmd`. */
async function goMains(repo: RepoFiles): Promise<readonly string[]> {
  const files = repo.paths.filter(
    (path) => /^(?:[^/]+|cmd\/.*main|[^/]+\/main)\.go$/.test(path) && !path.endsWith('_test.go'),
  )
  const folders = new Set<string>()
  for (const path of files.slice(0, MAINS_READ_MAX)) {
    if (/^package main\b/m.test((await repo.read(path)) ?? ''))
      folders.add(path.includes('/') ? path.replace(/\/[^/]+$/, '') : '.')
  }
  return [...folders].sort((a, b) => rank(a) - rank(b))
}

function rank(folder: string): number {
  if (folder === '.') return 0
  return /server|api|web/.test(folder) ? 1 : 2
}

export async function guessRuby(repo: RepoFiles): Promise<Guess | null> {
  const isRails = repo.paths.includes('config/application.rb')
  if (!isRails && !repo.paths.includes('config.ru')) return null
  const gems = (await repo.read('Gemfile')) ?? ''
  const hasPuma = /^\s*gem ['"]puma['"]/m.test(gems)
  const run = hasPuma
    ? 'bundle exec puma --bind tcp://127.0.0.1:$PORT'
    : isRails
      ? 'bundle exec rails server --binding 127.0.0.1 --port $PORT'
      : 'bundle exec rackup --host 127.0.0.1 --port $PORT'
  return {
    what: isRails ? 'a Rails application' : 'a Rack application',
    build: gems === '' ? null : 'bundle config set --local path vendor/bundle && bundle install',
    run,
    readsPort: true,
    findings: [
      found(
        isRails ? 'a Rails application' : 'a Rack application',
        isRails ? 'config/application.rb' : 'config.ru',
      ),
    ],
    questions: [],
  }
}

export async function guessRust(repo: RepoFiles): Promise<Guess | null> {
  if (!repo.paths.includes('Cargo.toml')) return null
  const name = /^\s*name\s*=\s*"([\w-]+)"/m.exec((await repo.read('Cargo.toml')) ?? '')?.[1]
  return {
    what: 'a Rust crate',
    build: 'cargo build --release',
    run: name === undefined ? null : `./target/release/${name}`,
    readsPort: false,
    findings: [found('a Rust crate', 'Cargo.toml')],
    questions: [],
  }
}

export async function guessStatic(repo: RepoFiles): Promise<Guess | null> {
  const folder = ['', 'public', 'dist', 'www', 'site', '_site', 'html'].find((name) =>
    repo.paths.includes(name === '' ? 'index.html' : `${name}/index.html`),
  )
  if (folder === undefined) return null
  const run = serveFolder(folder === '' ? '.' : folder)
  const where = folder === '' ? 'index.html' : `${folder}/index.html`
  return {
    what: 'a site of plain files',
    build: null,
    run,
    readsPort: true,
    findings: [
      found('a site of plain files', where),
      ...(folder === ''
        ? [warning('everything in the repository would be served; a folder of its own is safer', where)]
        : []),
    ],
    questions: [{ about: 'run', text: 'What serves the files?', guess: run }],
  }
}
