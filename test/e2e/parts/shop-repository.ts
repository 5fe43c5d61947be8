// A real repository with a small service, whose releases say who they are, and a build that leaves a trace of itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ScratchRepository, scratchRepository } from '../../kit/scratch-repository.ts'

const SERVER = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const version = readFileSync(new URL('./version.txt', import.meta.url), 'utf8').trim()
const server = createServer((request, response) => {
  const slowMs = Number(new URL(request.url, 'http://shop').searchParams.get('slow') ?? 0)
  request.resume()
  request.on('end', () => setTimeout(() => response.end(version), slowMs))
})
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(Number(process.env.PORT), '127.0.0.1')
`

export type ShopRepository = ScratchRepository & {
  /** Text of the configuration, as every change carries it. */
  readonly config: string
  /** Commits the next version and returns its commit. */
  change(): string
  commits(): readonly string[]
  /** Every start of a build: which release, and when by the wall clock. */
  builds(): readonly { readonly release: number; readonly startedAt: number }[]
}

export type ShopOptions = {
  readonly apiPort: number
  readonly routerPort: number
  /** The pipeline, as it is written in the configuration. */
  readonly pipeline: string
  /** What may be taken of the machine, as it is written there. */
  readonly limits?: string
}

export function shopRepository({
  apiPort,
  routerPort,
  pipeline,
  limits = '{}',
}: ShopOptions): ShopRepository {
  const repository = scratchRepository()
  const trace = join(repository.folder, '.git', 'builds.txt')
  const commits: string[] = []
  const config = `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  limits: ${limits},
  services: {
    shop: {
      source: { git: '.', branch: 'main', poll: '1s' },
      build: { command: ${JSON.stringify(`echo "$SLUICE_RELEASE $(date +%s%3N)" >> ${trace}`)}, limit: '1m' },
      run: { command: 'exec node server.js', health: '/healthz', term: '3s' },
      pipeline: ${pipeline},
    },
  },
}
`
  const change = (): string => {
    const version = `v${commits.length + 1}`
    const files = commits.length === 0 ? { 'server.js': SERVER, 'package.json': '{"type":"module"}' } : {}
    const sha = repository.commit(`${version}: what is new`, {
      'sluice.config.ts': config,
      'version.txt': `${version}\n`,
      ...files,
    })
    commits.push(sha)
    return sha
  }
  return {
    ...repository,
    config,
    change,
    commits: () => commits,
    builds: () =>
      readFileSync(trace, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => {
          const [release, startedAt] = line.split(' ').map(Number)
          return { release: release ?? 0, startedAt: startedAt ?? 0 }
        }),
  }
}
