// Looks through a repository's source for what no manifest says: the health path, the port, settings baked into a build.
import type { RepoFiles } from './repo-files.ts'

export type CodeScan = {
  readonly health: Sighting | null
  /** A place that reads PORT. */
  readonly port: Sighting | null
  /** A place that listens on a number written out; `value` is the number. */
  readonly fixedPort: Sighting | null
  /** Variables that a build writes into what it produces, by name. */
  readonly baked: readonly Sighting[]
}

/** `where` is `server.js:12`. */
export type Sighting = { readonly value: string; readonly where: string }

const FILES_MAX = 1_500
const CODE = /\.(?:[cm]?[jt]sx?|py|go|rb|ru|rs|java|kt|php|vue|svelte|astro|ex|exs)$/
const ASIDE =
  /(^|\/)(?:node_modules|vendor|dist|build|target|docs?|examples?|fixtures|__tests__|tests?|specs?|e2e|testdata|\.venv|venv)\/|\.(?:test|spec|min|d)\.|_test\.|(^|\/)test_|sluice\.config\./

/** Best first: a path made for this before one that may mean more. */
const HEALTH_PATHS = [
  '/healthz',
  '/health',
  '/livez',
  '/readyz',
  '/api/healthz',
  '/api/health',
  '/healthcheck',
  '/_health',
  '/heartbeat',
  '/api/heartbeat',
  '/up',
]
const HEALTH = /['"`](?:GET )?(\/(?:api\/)?(?:healthz?|livez|readyz|healthcheck|_health|heartbeat))\/?['"`]/g
const READS_PORT =
  /\benv\.PORT\b|\benv\[['"]PORT['"]\]|\benviron(?:\.get)?[([]\s*['"]PORT['"]|[gG]et[eE]nv\w*\(\s*['"]PORT['"]|LookupEnv\("PORT"\)|\bENV(?:\.fetch\(|\[)\s*['"]PORT['"]|env::var\("PORT"\)|env\.get\(['"]PORT['"]\)|\{[^}]*\bPORT\b[^}]*\}\s*=\s*process\.env|\bPORT\s*:\s*z\.|config\(['"]PORT['"]/
const FIXED_PORT =
  /\.listen\(\s*(\d{2,5})\b|\bport\s*[:=]\s*(\d{2,5})\b|ListenAndServe\(\s*"[^":]*:(\d{2,5})"|\.Run\(\s*"[^":]*:(\d{2,5})"|\.bind\(\s*"[^":]*:(\d{2,5})"/i
const BAKED = /\b(?:NEXT_PUBLIC|VITE|REACT_APP|GATSBY|NUXT_PUBLIC|VUE_APP)_[A-Z0-9_]+\b/g
const BAKED_PUBLIC = /\bPUBLIC_[A-Z0-9_]+\b/g

export async function scanCode(repo: RepoFiles, hasPublicPrefix: boolean): Promise<CodeScan> {
  const paths = repo.paths.filter((path) => CODE.test(path) && !ASIDE.test(path)).slice(0, FILES_MAX)
  const sightings = { health: fileRoutes(repo.paths), port: [] as Sighting[], fixed: [] as Sighting[] }
  const baked = new Map<string, Sighting>()
  for (const path of paths) {
    const text = await repo.read(path)
    if (text === null) continue
    for (const [index, line] of text.split('\n').entries()) {
      if (line.length > 2_000) continue
      const where = `${path}:${index + 1}`
      for (const match of line.matchAll(HEALTH)) sightings.health.push({ value: match[1] ?? '', where })
      if (/^\s*get ['"]\/?up['"]/.test(line)) sightings.health.push({ value: '/up', where })
      if (READS_PORT.test(line)) sightings.port.push({ value: 'PORT', where })
      else addFixedPort(line, where, sightings.fixed)
      for (const name of bakedNames(line, hasPublicPrefix))
        if (!baked.has(name)) baked.set(name, { value: name, where })
    }
  }
  return {
    health: best(sightings.health),
    port: likeliest(sightings.port),
    fixedPort: likeliest(sightings.fixed),
    baked: [...baked.values()],
  }
}

function addFixedPort(line: string, where: string, fixed: Sighting[]): void {
  const match = FIXED_PORT.exec(line)
  const value = match?.slice(1).find((group) => group !== undefined)
  // Ports of other servers are written out too; below 80 they are not ports at all.
  if (
    value !== undefined &&
    Number(value) >= 80 &&
    ![5432, 3306, 6379, 27017, 5672, 9092].includes(Number(value))
  ) {
    fixed.push({ value, where })
  }
}

function bakedNames(line: string, hasPublicPrefix: boolean): readonly string[] {
  const names = [...line.matchAll(BAKED)].map((match) => match[0])
  if (hasPublicPrefix) names.push(...[...line.matchAll(BAKED_PUBLIC)].map((match) => match[0]))
  return names
}

/** Frameworks whose files are their routes: `app/api/health/route.ts`, `pages/api/health.ts`, `routes/health/+server.ts`. */
function fileRoutes(paths: readonly string[]): Sighting[] {
  return paths.flatMap((path) => {
    const match =
      /(?:^|\/)app\/((?:api\/)?(?:healthz?|livez|readyz|heartbeat))\/route\.[jt]s$/.exec(path) ??
      /(?:^|\/)pages\/(api\/(?:healthz?|livez|readyz|heartbeat))(?:\/index)?\.[jt]s$/.exec(path) ??
      /(?:^|\/)routes\/((?:api\/)?(?:healthz?|livez|readyz|heartbeat))\/\+server\.[jt]s$/.exec(path) ??
      /(?:^|\/)(?:public|static)\/(healthz?)(?:\/index\.html)?$/.exec(path)
    return match === null ? [] : [{ value: `/${match[1]}`, where: path }]
  })
}

/** A place in a server's own files, before one in a script beside it. */
function likeliest(sightings: readonly Sighting[]): Sighting | null {
  const isServer = ({ where }: Sighting) =>
    /(?:^|\/)(?:server|main|app|index|config|puma|gunicorn)\b/.test(where)
  return sightings.find(isServer) ?? sightings[0] ?? null
}

function best(sightings: readonly Sighting[]): Sighting | null {
  for (const path of HEALTH_PATHS) {
    const sighting = sightings.find(({ value }) => value === path)
    if (sighting !== undefined) return sighting
  }
  return null
}
