// Services that do what services should not, in one repository.
import type { ScratchRepository } from '../../kit/scratch-repository.ts'
import { scratchRepository } from '../../kit/scratch-repository.ts'

/** Listens after so many milliseconds, answers with its version, and ends when told; what else it does is added. */
function server(more: {
  readonly lateMs?: number
  readonly onTerm?: string
  readonly first?: string
}): string {
  return `
import { createServer } from 'node:http'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
const version = readFileSync('version.txt', 'utf8').trim()
${more.first ?? ''}
process.on('SIGTERM', () => { ${more.onTerm ?? 'process.exit(0)'} })
const server = createServer((request, response) => response.end(version))
setTimeout(() => server.listen(Number(process.env.PORT), '127.0.0.1'), ${more.lateMs ?? 0})
`
}

type BadService = { readonly build?: string; readonly run?: string; readonly script?: string }

export const BAD_SERVICES = {
  'build-fails': { build: `{ command: 'echo it cannot be built; exit 3' }` },
  'build-hangs': { build: `{ command: 'sleep 1000', limit: '2s' }` },
  'build-is-loud': { build: `{ command: 'head -c 300000000 /dev/zero | tr "\\\\0" x', limit: '2m' }` },
  'never-well': { run: `{ command: 'sleep 1000', health: { path: '/', wait: '2s' }, term: '1s' }` },
  crashes: { run: `{ command: 'echo no such thing >&2; exit 7', health: { path: '/', wait: '20s' } }` },
  late: { script: server({ lateMs: 2_000 }) },
  forks: {
    script: server({ first: `spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref()` }),
  },
  'ignores-term': { script: server({ onTerm: '' }) },
  'writes-in-its-folder': {
    script: server({ first: `writeFileSync('version.txt', version + ' and mine')` }),
  },
} as const satisfies Readonly<Record<string, BadService>>

export type BadName = keyof typeof BAD_SERVICES

export function badRepository(ports: {
  readonly apiPort: number
  readonly routerPort: number
}): ScratchRepository & {
  change(): string
} {
  const repository = scratchRepository()
  const names: readonly [string, BadService][] = Object.entries(BAD_SERVICES)
  const services = names.map(
    ([name, { build = 'false', run }]) => `
    '${name}': {
      source: { git: '.', branch: 'main', poll: '1s' },
      build: ${build},
      run: ${run ?? `{ command: 'exec node ${name}.mjs', health: '/', term: '1s' }`},
      pipeline: [{ stage: 'production', drain: '1s', watch: '0s', rollout: [{ step: 'all-at-once', soak: '0s' }] }],
    },`,
  )
  const config = `export default {
  listen: { port: ${ports.routerPort}, api: ${ports.apiPort} },
  services: {${services.join('')}
  },
}
`
  let version = 0
  return {
    ...repository,
    change: () => {
      version += 1
      const scripts = names.flatMap(([name, { script }]) =>
        script === undefined ? [] : [[`${name}.mjs`, script]],
      )
      return repository.commit(`version ${version}`, {
        'sluice.config.ts': config,
        'version.txt': `v${version}\n`,
        ...Object.fromEntries(scripts),
      })
    },
  }
}
