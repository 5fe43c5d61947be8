// The built web page. Files with a hash in their name never change; everything else is asked for again each time.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'

const HASHED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]{2,5}$/
const NOT_BUILT =
  'The web page is not built here. The API works: see /api/openapi.json. To build the page: npx vite build web\n'

export function createPage(webRoot: string | null): Hono {
  const page = new Hono()
  if (webRoot === null || !existsSync(join(webRoot, 'index.html'))) {
    page.get('*', (c) => c.text(NOT_BUILT, 404))
    return page
  }
  page.use(
    '*',
    serveStatic({
      root: webRoot,
      precompressed: true,
      onFound: (path, c) => c.header('cache-control', cacheFor(path)),
    }),
  )
  const index = serveStatic({
    root: webRoot,
    path: 'index.html',
    onFound: (_, c) => c.header('cache-control', 'no-cache'),
  })
  page.get('*', async (c, next) => (isClientRoute(c.req.path) ? index(c, next) : next()))
  page.notFound((c) => c.text('There is no such file here.\n', 404))
  return page
}

function cacheFor(path: string): string {
  return HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
}

/** Pages have no dot in their last part; a missing script must be a 404, not a page that pretends to be one. */
function isClientRoute(path: string): boolean {
  return !(path.split('/').at(-1) ?? '').includes('.') && !path.includes('%')
}
