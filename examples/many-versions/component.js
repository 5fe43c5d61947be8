// What the components share: who they are, and a server that says so.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

export const version = readFileSync(new URL('version.txt', import.meta.url), 'utf8').trim()
export const release = `#${process.env.SLUICE_RELEASE}`
const flaw = JSON.parse(readFileSync(new URL('flaw.json', import.meta.url), 'utf8'))

export function serve(component, answer = () => ({})) {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') return response.end('well\n')
    const who = request.headers['x-customer'] ?? request.headers['x-project'] ?? ''
    response.statusCode = flaw.failsFor.includes(who) ? 500 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ component, version, release, who, ...answer(request) }))
  })
  server.listen(Number(process.env.PORT), '127.0.0.1')
  process.on('SIGTERM', () => server.close(() => process.exit(0)))
}
