// Real repositories, made on the spot by a real git, with people and times of their own.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type ScratchRepository = {
  readonly folder: string
  /** Runs git there and returns its answer without the last newline. */
  git(...args: readonly string[]): string
  gitWith(
    env: Readonly<Record<string, string>>,
    input: string | Buffer | null,
    ...args: readonly string[]
  ): string
  /** Writes the files, commits everything, and returns the commit's name. */
  commit(message: string, files?: Readonly<Record<string, string>>): string
  remove(): void
}

export function scratchFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `sluice-${name}-`))
}

export function scratchRepository(
  options: { readonly bare?: boolean; readonly folder?: string } = {},
): ScratchRepository {
  const folder = options.folder ?? scratchFolder('repository')
  mkdirSync(folder, { recursive: true })
  let seconds = 1_700_000_000
  let files = 0

  const gitWith: ScratchRepository['gitWith'] = (env, input, ...args) => {
    const time = `${seconds} +0000`
    return execFileSync('git', ['-C', folder, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'Anna Author',
        GIT_AUTHOR_EMAIL: 'anna@example.com',
        GIT_COMMITTER_NAME: 'Carl Committer',
        GIT_COMMITTER_EMAIL: 'carl@example.com',
        GIT_AUTHOR_DATE: time,
        GIT_COMMITTER_DATE: time,
        ...env,
      },
      ...(input === null ? {} : { input }),
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    })
      .toString()
      .trimEnd()
  }
  const git = (...args: readonly string[]) => {
    seconds++
    return gitWith({}, null, '-c', 'protocol.file.allow=always', ...args)
  }
  gitWith({}, null, 'init', '--quiet', '--initial-branch=main', ...(options.bare ? ['--bare'] : []))

  return {
    folder,
    git,
    gitWith,
    commit: (message, content) => {
      const wanted = content ?? { [`file-${files++}.txt`]: `${message}\n` }
      for (const [path, text] of Object.entries(wanted)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), text)
      }
      git('add', '--all')
      seconds++
      gitWith(
        {},
        message,
        'commit',
        '--quiet',
        '--allow-empty',
        '--allow-empty-message',
        '--cleanup=verbatim',
        '--file=-',
      )
      return git('rev-parse', 'HEAD')
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
