// What a repository says of itself for other hosts: Procfile and Dockerfile.
import { type Finding, found, warning } from './guess.ts'
import type { RepoFiles } from './repo-files.ts'

export type Declared = { readonly run: string | null; readonly findings: readonly Finding[] }

/** `web:` is how it is run; other lines are told. */
export async function readProcfile(repo: RepoFiles): Promise<Declared> {
  const text = repo.paths.includes('Procfile') ? ((await repo.read('Procfile')) ?? '') : ''
  const findings: Finding[] = []
  let run: string | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^([\w-]+):\s*(\S.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, name = '', command = ''] = match
    const where = `Procfile:${index + 1}`
    if (name === 'web') {
      run = command
      findings.push(found(`run by \`${command}\``, where))
    } else if (name === 'release') {
      findings.push(warning(`\`${command}\` before each release is not supported yet`, where))
    } else {
      findings.push(
        warning(`\`${name}\` is a process of its own; describe it as a service of its own`, where),
      )
    }
  }
  return { run, findings }
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
