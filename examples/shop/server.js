// A small shop: pages made on the server, assets with their hash in the name. It has no dependencies.
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pages } from './pages/index.js'

const here = dirname(fileURLToPath(import.meta.url))
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** `style.css` is served as `/assets/style.3f2a91bc04d1.css`: it may be kept for ever, and an old page finds the old one. */
const assets = new Map(
  readdirSync(join(here, 'assets')).map((name) => {
    const content = readFileSync(join(here, 'assets', name))
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
    const extension = extname(name)
    return [
      `/assets/${name.slice(0, -extension.length)}.${hash}${extension}`,
      { content, type: TYPES[extension] ?? 'text/plain' },
    ]
  }),
)
const assetAddress = (name) =>
  [...assets.keys()].find((path) => path.startsWith(`/assets/${name.slice(0, -extname(name).length)}.`)) ??
  '/missing'

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://shop').pathname
  const asset = assets.get(path)
  if (path === '/healthz') return answer(response, 200, 'text/plain', 'well\n')
  if (asset) {
    response.setHeader('cache-control', 'public, max-age=31536000, immutable')
    return answer(response, 200, asset.type, asset.content)
  }
  const page = pages.get(path)
  if (!page) return answer(response, 404, 'text/html; charset=utf-8', '<h1>There is no such page</h1>')
  try {
    const visitor = visitorOf(request, response)
    answer(response, 200, 'text/html; charset=utf-8', page({ assetAddress, visitor }))
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', path, message: error.message }))
    answer(response, 500, 'text/html; charset=utf-8', '<h1>Something broke</h1>')
  }
})

/** Whoever comes gets a basket, and is known by it. */
function visitorOf(request, response) {
  const known = /(?:^|;\s*)basket=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  const visitor = known ?? randomUUID()
  if (known === undefined)
    response.setHeader('set-cookie', `basket=${visitor}; Path=/; HttpOnly; SameSite=Lax`)
  return visitor
}

function answer(response, status, type, body) {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`shop listens on ${process.env.PORT}`))
