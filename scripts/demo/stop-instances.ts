// Instances outlive the server on purpose; a demo that ends leaves nothing behind.
import { createSystemClock } from '../../src/adapters/clock/system/system-clock.ts'
import { createProcessTarget } from '../../src/adapters/deployment-target/process/process-target.ts'
import { createRandomIds } from '../../src/adapters/ids/random/random-ids.ts'
import { placesIn } from '../../src/main/places.ts'

const STOP_MS_MAX = 30_000
const LOOK_MS = 50

/** Only once the server has let go of the folder. */
export async function stopInstances(state: string): Promise<void> {
  const clock = createSystemClock()
  const target = await createProcessTarget({
    stateDir: placesIn(state).instances,
    // Nothing is started any more, so nothing is laid out.
    artifacts: { lay: () => Promise.reject(new Error('the demo has ended')) },
    clock,
    ids: createRandomIds(),
  })
  try {
    const signal = AbortSignal.timeout(STOP_MS_MAX)
    for (const environment of await target.environments())
      for (const { release } of await target.look(environment))
        await target.scale(
          {
            environment,
            release,
            artifact: '',
            run: { command: '', health: { path: null, waitMs: 0 }, userKey: null, env: {}, termMs: 0 },
            count: 0,
            env: {},
            role: 'warm',
          },
          { key: `demo ends ${release}`, fence: Number.MAX_SAFE_INTEGER, signal },
        )
    while ((await target.environments()).length > 0 && !signal.aborted) await clock.sleep(LOOK_MS)
  } finally {
    await target.close()
  }
}
