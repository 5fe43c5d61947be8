// Measures in a folder per environment. Calls for one environment wait for each other; different ones do not.
import { join } from 'node:path'
import { environmentKey, type Environment } from '../../../domain/names.ts'
import type { MeasuredPart, MeasureStore } from '../../../ports/measure-store.ts'
import { KeptMeasures } from './kept-measures.ts'
import { createMeasureFiles } from './measure-files.ts'

/** The alphabet of services and stages; anything else could be a path. */
const SAFE = /^[a-z0-9-]{1,64}$/

type Kept = { readonly measures: Promise<KeptMeasures>; last: Promise<unknown> }

export function createFolderMeasureStore({ folder }: { readonly folder: string }): MeasureStore {
  const kept = new Map<string, Kept>()

  const keptOf = (environment: Environment): Kept => {
    const key = environmentKey(environment)
    const known = kept.get(key)
    if (known !== undefined) return known
    const { service, stage } = environment
    if (!SAFE.test(service) || !SAFE.test(stage)) throw new Error(`${key} is no environment's name`)
    const measures = new KeptMeasures(createMeasureFiles(join(folder, service, stage))).recover()
    const fresh: Kept = { measures, last: measures }
    // What could not be read is read again with the next call.
    measures.catch(() => kept.delete(key))
    kept.set(key, fresh)
    return fresh
  }

  const inTurn = <Result>(
    environment: Environment,
    work: (measures: KeptMeasures) => Promise<Result>,
  ): Promise<Result> => {
    const one = keptOf(environment)
    const next = one.last.then(
      async () => work(await one.measures),
      async () => work(await one.measures),
    )
    one.last = next.catch(() => undefined)
    return next
  }

  return {
    append: (environment, windows) => inTurn(environment, (measures) => measures.append(windows)),
    marks: (environment) => inTurn(environment, async (measures) => ({ ...measures.marks })),
    async *read(environment, search) {
      // In turn as a whole: what is read must not move from seconds to minutes meanwhile.
      const all = await inTurn(environment, async (measures) => {
        const found: (readonly MeasuredPart[])[] = []
        for await (const parts of measures.read(search)) found.push(parts)
        return found
      })
      yield* all
    },
    dimensions: (environment) => inTurn(environment, (measures) => measures.dimensions()),
    async turn(now) {
      for (const key of kept.keys()) {
        const [service = '', stage = ''] = key.split('/')
        await inTurn({ service, stage }, (measures) => measures.turn(now))
      }
    },
    async close() {
      await Promise.allSettled([...kept.values()].map(({ last }) => last))
    },
  }
}
