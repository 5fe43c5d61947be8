// The lives of coordinators: one after the other, sometimes two at once, ending without a word.
import { createCoordinator, type Coordinator } from '../src/coordinator/coordinator.ts'
import type { Paces } from '../src/coordinator/ports.ts'
import { SERVICE } from './draw-definition.ts'
import { OTHER_SERVICE } from './everywhere-acts.ts'
import { SIMULATED_PACES } from './paces.ts'
import { createProcess, type Process } from './process.ts'
import type { World } from './world.ts'

export type Life = { readonly process: Process; readonly coordinator: Coordinator; hasStarted: boolean }

export interface Lives {
  primary(): Life | undefined
  second(): Life | undefined
  /** Starts the primary, if none lives. */
  boot(paces?: Paces): void
  bootSecond(): void
  killPrimary(why: string): void
  killSecond(): void
  /** From here on nobody is started again after a while by itself. */
  restartsAfter(lowMs: number, highMs: number): void
  failures(): readonly string[]
}

export function createLives(world: World): Lives {
  const { clock, faults, trace } = world
  const random = world.random.fork('lives')
  const failures: string[] = []
  let primary: Life | undefined
  let second: Life | undefined
  let count = 0
  let downMs: readonly [number, number] = [1_000, world.size.downMs]

  const live = (name: string, writesTicks: boolean, paces: Paces): Life => {
    count += 1
    const process = createProcess(`${name}-${count}`, faults, world.crashes)
    const coordinator = createCoordinator(world.ports(process, writesTicks), paces)
    const life: Life = { process, coordinator, hasStarted: false }
    trace.add(`${process.name} starts`)
    process.onDeath(() => {
      if (writesTicks) world.ticks.crash()
    })
    // Its first call may already be its last: by then it has to be known.
    clock.after(0, () => begin(life))
    return life
  }

  const begin = (life: Life): void => {
    life.coordinator
      .start()
      .then(async () => {
        life.hasStarted = true
        // As the program does at each start: the file that is there is applied.
        await life.coordinator.handle(SERVICE, {
          type: 'configure',
          definition: world.rules.definition() ?? world.definition,
          at: clock.wallMs(),
          by: { kind: 'machine', rule: 'configuration file' },
        })
        if (world.other)
          await life.coordinator.handle(OTHER_SERVICE, {
            type: 'configure',
            definition: world.other,
            at: clock.wallMs(),
            by: { kind: 'machine', rule: 'configuration file' },
          })
      })
      .catch((error: unknown) => {
        trace.add(`${life.process.name} did not start: ${String(error)}`)
        world.crashes(life.process, 'at its start')
      })
  }

  world.crashes = (process, when) => {
    if (!process.isAlive()) return
    trace.add(`${process.name} dies ${when}`)
    process.kill()
    if (second?.process === process) {
      second = undefined
      return
    }
    primary = undefined
    clock.after(random.int(downMs[0], downMs[1]), () => boot())
  }

  const boot = (paces: Paces = SIMULATED_PACES): void => {
    primary ??= live('server', true, paces)
  }

  return {
    primary: () => (primary?.hasStarted ? primary : undefined),
    second: () => (second?.hasStarted ? second : undefined),
    boot,
    bootSecond: () => {
      second ??= live('second', false, SIMULATED_PACES)
    },
    killPrimary: (why) => void (primary && world.crashes(primary.process, why)),
    killSecond: () => void (second && world.crashes(second.process, 'as it was told to')),
    restartsAfter: (lowMs, highMs) => {
      downMs = [lowMs, highMs]
    },
    failures: () => failures,
  }
}
