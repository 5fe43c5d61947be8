// One life of a coordinator. Once it is dead nothing answers it any more, but what it did to the world stays.
import type { Faults } from './faults.ts'

export interface Process {
  readonly name: string
  isAlive(): boolean
  kill(): void
  /** Called once, when it dies. */
  onDeath(deed: () => void): void
  /** Carries out a call of this process to the outside; it may die just before, or before it hears the answer. */
  call<Answer>(what: string, effect: () => Promise<Answer> | Answer): Promise<Answer>
}

export function createProcess(
  name: string,
  faults: Faults,
  crashes: (process: Process, when: string) => void,
): Process {
  const mourners: (() => void)[] = []
  let alive = true
  const process: Process = {
    name,
    isAlive: () => alive,
    kill: () => {
      if (!alive) return
      alive = false
      for (const mourner of mourners) mourner()
    },
    onDeath: (deed) => void mourners.push(deed),
    call: async (what, effect) => {
      if (!alive) return never()
      if (faults.hits('crash-before-call')) crashes(process, `before ${what}`)
      if (!alive) return never()
      try {
        const answer = await effect()
        if (alive && faults.hits('crash-after-call')) crashes(process, `after ${what}`)
        return alive ? answer : await never()
      } catch (error) {
        if (!alive) return never()
        throw error
      }
    },
  }
  return process
}

export function never(): Promise<never> {
  return new Promise(() => {})
}
