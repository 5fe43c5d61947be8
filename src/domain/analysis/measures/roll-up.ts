// Windows added up to a longer one: seconds to minutes, minutes to hours, and what was asked for to an answer.
import { HeavyHitters } from './heavy-hitters.ts'
import { VALUES_KEPT, type MeasuredArm } from './measured.ts'
import { Tally } from './tally.ts'

type Arm = Pick<MeasuredArm, 'release' | 'track'> & {
  readonly total: Tally
  readonly dimensions: Map<string, HeavyHitters>
}

export class RollUp {
  readonly #arms = new Map<string, Arm>()
  readonly #keep: number

  constructor(keep: number = VALUES_KEPT) {
    this.#keep = keep
  }

  get isEmpty(): boolean {
    return this.#arms.size === 0
  }

  add(arms: readonly MeasuredArm[]): void {
    for (const arm of arms) {
      const mine = this.#armOf(arm)
      mine.total.add(arm.total)
      for (const dimension of arm.dimensions) this.#hittersOf(mine, dimension.dimension).add(dimension)
    }
  }

  read(): readonly MeasuredArm[] {
    return [...this.#arms.values()].map(({ release, track, total, dimensions }) => ({
      release,
      track,
      total: total.read(),
      dimensions: [...dimensions].map(([name, hitters]) => hitters.read(name)),
    }))
  }

  #armOf({ release, track }: Pick<MeasuredArm, 'release' | 'track'>): Arm {
    const name = `${release}/${track ?? ''}`
    const known = this.#arms.get(name) ?? { release, track, total: new Tally(), dimensions: new Map() }
    this.#arms.set(name, known)
    return known
  }

  #hittersOf({ dimensions }: Arm, name: string): HeavyHitters {
    const known = dimensions.get(name) ?? new HeavyHitters(this.#keep)
    dimensions.set(name, known)
    return known
  }
}
