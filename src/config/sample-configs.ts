// Small configs for tests, good but for what a test puts into them.
import { writePath } from './config-mistake.ts'
import { readConfig } from './read-config.ts'

export type Loose = Record<string, unknown>

export function withService(service: Loose): Loose {
  return { services: { shop: { run: 'node server.js', pipeline: [{ stage: 'production' }], ...service } } }
}

/** A stage under test, first or last of two. */
export function withStage(stage: Loose, place: 'first' | 'last' = 'first'): Loose {
  const tested = { stage: 'tested', ...stage }
  const pipeline = place === 'first' ? [tested, { stage: 'production' }] : [{ stage: 'staging' }, tested]
  return withService({ pipeline })
}

/** One line for each mistake: path, what is wrong, the nearest right word. */
export function problems(raw: unknown): readonly string[] {
  const reading = readConfig(raw, '/repo')
  if (reading.ok) return []
  return reading.problems.map(({ path, message, suggestion }) => {
    const place = writePath(path)
      .replace('services.shop.pipeline[0]', 'stage')
      .replace('services.shop', 'shop')
    return `${place} ${message}${suggestion === null ? '' : ` -> ${suggestion}`}`.trim()
  })
}
