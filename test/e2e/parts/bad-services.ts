// One repository with a service for each way in which a build or an instance can be bad, and one that is well.
import { type ScratchRepository, scratchRepository } from '../../kit/scratch-repository.ts'

/** What the variable ODD says is what is odd about it. */
const SERVER = `
import { createServer } from 'node:http'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
const odd = process.env.ODD
const version = readFileSync('version.txt', 'utf8').trim()
if (odd === 'scribbles') {
  writeFileSync('version.txt', 'scribbled')
  writeFileSync('new.txt', 'new')
  rmSync('package.json')
}
if (odd === 'forks') for (let i = 0; i < 3; i++) spawn('sleep', ['1000'], { stdio: 'ignore', detached: i === 0 })
process.on('SIGTERM', () => {
  if (odd !== 'stubborn') process.exit(0)
})
const server = createServer((request, response) => {
  if (odd === 'unwell' && request.url === '/healthz') response.statusCode = 500
  response.end(version)
})
if (odd === 'crashes') {
  console.error('no such thing')
  process.exit(7)
}
setTimeout(() => server.listen(Number(process.env.PORT), '127.0.0.1'), odd === 'late' ? 3000 : 0)
`

type Odd = { readonly build?: string; readonly rollout?: string; readonly limit?: string }

const odds: Readonly<Record<string, Odd>> = {
  well: {},
  breaks: { build: 'echo compiling; echo "main.c:7 expected a semicolon" >&2; exit 3' },
  hangs: { build: 'echo asking the registry; sleep 1000', limit: '2s' },
  floods: { build: 'head -c 200000000 /dev/zero | tr "\\\\0" x; echo; echo the last line' },
  unwell: {},
  crashes: {},
  late: {},
  forks: { rollout: 'replace' },
  stubborn: { rollout: 'replace' },
  scribbles: {},
}

export type BadServices = ScratchRepository & { change(version: string): string }

export function badServices(ports: { readonly apiPort: number; readonly routerPort: number }): BadServices {
  const repository = scratchRepository()
  const services = Object.entries(odds).map(
    ([name, { build = 'true', rollout = 'all-at-once', limit = '1m' }]) => `    ${name}: {
      source: { git: '.', branch: 'main', poll: '1s' },
      build: { command: '${build}', limit: '${limit}' },
      run: { command: 'exec node server.js', env: { ODD: '${name}' }, term: '1s', health: { path: '/healthz', wait: '${name === 'unwell' ? '4s' : '1m'}' } },
      pipeline: [{ stage: 'production', drain: '1s', rollout: [{ step: '${rollout}', soak: '0s' }], watch: '0s' }],
    },`,
  )
  const config = `export default {
  listen: { port: ${ports.routerPort}, api: ${ports.apiPort} },
  services: {
${services.join('\n')}
  },
}
`
  return {
    ...repository,
    change: (version) =>
      repository.commit(`${version} of all`, {
        'sluice.config.ts': config,
        'server.js': SERVER,
        'package.json': '{"type":"module"}',
        'version.txt': `${version}\n`,
      }),
  }
}
