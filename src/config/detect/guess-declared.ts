// What a repository says of itself for other hosts: Procfile and Dockerfile.
import { isName } from '../schema/text-schemas.ts'
import { type Finding, found, warning } from './guess.ts'
import type { RepoFiles } from './repo-files.ts'

export type Declared = { readonly run: string | null; readonly findings: readonly Finding[] }

/** Lines of a Procfile: `web` is how it is run, `release` what runs once before, the others are processes beside it. */
export type Procfile = Declared & {
  readonly processes: readonly { readonly name: string; readonly command: string }[]
  readonly release: string | null
}

/** Processes that other hosts start only when somebody asks for them. */
const BY_HAND = new Set(['console', 'rake', 'shell'])

export async function readProcfile(repo: RepoFiles): Promise<Procfile> {
  const text = repo.paths.includes('Procfile') ? ((await repo.read('Procfile')) ?? '') : ''
  const findings: Finding[] = []
  const processes: { name: string; command: string }[] = []
  let run: string | null = null
  let release: string | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^([\w-]+):\s*(\S.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, written = '', command = ''] = match
    const where = `Procfile:${index + 1}`
    const name = processName(written)
    if (written === 'web') {
      run = command
      findings.push(found(`run by \`${command}\``, where))
    } else if (written === 'release') {
      release = command
      findings.push(found(`\`${command}\` runs once before each rollout`, where))
    } else if (BY_HAND.has(written) || name === null) {
      findings.push(
        warning(`\`${written}\` is left out; it looks like something that is started by hand`, where),
      )
    } else {
      processes.push({ name, command })
      findings.push(found(`a process without a port, \`${written}\`: \`${command}\``, where))
    }
  }
  return { run, findings, processes, release }
}

function processName(written: string): string | null {
  const name = written.toLowerCase().replaceAll('_', '-')
  return isName(name) ? name : null
}

/** The last `CMD` or `ENTRYPOINT` as a hint, and the port it says it listens on. */
export async function readDockerfile(repo: RepoFiles): Promise<Declared & { readonly port: number | null }> {
  const text = repo.paths.includes('Dockerfile') ? ((await repo.read('Dockerfile')) ?? '') : ''
  const findings: Finding[] = []
  let port: number | null = null
  const commands = new Map<string, string>()
  for (const [index, line] of text
    .replace(/\\\r?\n/g, '  ')
    .split('\n')
    .entries()) {
    const match = /^\s*(EXPOSE|CMD|ENTRYPOINT)\s+(.+?)\s*$/i.exec(line)
    if (match === null) continue
    const [word, value] = [(match[1] ?? '').toUpperCase(), match[2] ?? '']
    if (word === 'EXPOSE') {
      port = Number(/^\d+/.exec(value)?.[0] ?? 0) || null
      findings.push(found(`its image listens on ${value}`, `Dockerfile:${index + 1}`))
    } else {
      commands.set(word, shellForm(value))
    }
  }
  const parts = [commands.get('ENTRYPOINT'), commands.get('CMD')].filter((part) => part !== undefined)
  return { run: parts.length === 0 ? null : parts.join(' '), findings, port }
}

/** `["node", "a b.js"]` the way one would type it. */
function shellForm(value: string): string {
  try {
    const words: unknown = JSON.parse(value)
    if (!Array.isArray(words)) return value
    return words
      .map((word) =>
        /^[\w@%+=:,./$-]+$/.test(String(word)) ? String(word) : `'${String(word).replaceAll("'", "'\\''")}'`,
      )
      .join(' ')
  } catch {
    return value
  }
}
