// An answer put together from parts of what was measured: by release, by track, by one dimension, or of one value.
import type { ReleaseNumber } from '../../names.ts'
import type { TrackName } from '../../traffic/route-rule.ts'
import { HeavyHitters } from './heavy-hitters.ts'
import type { Counts, MeasuredArm, MeasuredDimension } from './measured.ts'
import { Tally } from './tally.ts'

export type MeasureQuery = {
  readonly byRelease: boolean
  readonly byTrack: boolean
  /** Whose values are told apart. */
  readonly byDimension: string | null
  /** Of one value of one dimension alone. */
  readonly only: { readonly dimension: string; readonly value: string } | null
  readonly release: ReleaseNumber | null
  /** Undefined: whatever the track. Null: by rules that name the release itself. */
  readonly track?: TrackName | null
}

export type MeasuredRow = Counts & {
  /** Absent where it was not asked for. */
  readonly release?: ReleaseNumber
  /** Null: by rules that name the release itself. */
  readonly track?: TrackName | null
  /** Null: *other*, all the values that are not told apart. */
  readonly value?: string | null
  /** So many requests, at most, are counted under *other* though they belong here. */
  readonly missedMax: number
}

type Group = Pick<MeasuredRow, 'release' | 'track'> & {
  readonly total: Tally
  readonly hitters: HeavyHitters
  missedMax: number
}

export class MeasureAnswer {
  readonly #query: MeasureQuery
  readonly #groups = new Map<string, Group>()

  constructor(query: MeasureQuery) {
    this.#query = query
  }

  /** The dimension that parts are needed of; null: totals. */
  get dimension(): string | null {
    return this.#query.byDimension ?? this.#query.only?.dimension ?? null
  }

  add(arm: MeasuredArm): void {
    const { release, track } = this.#query
    if (release !== null && arm.release !== release) return
    if (track !== undefined && arm.track !== track) return
    if (this.dimension === null) {
      this.#groupOf(arm).total.add(arm.total)
      return
    }
    for (const dimension of arm.dimensions)
      if (dimension.dimension === this.dimension) this.#addDimension(this.#groupOf(arm), dimension)
  }

  /** Most requests first; what was not told apart last. */
  rows(): readonly MeasuredRow[] {
    return [...this.#groups.values()]
      .flatMap((group) => this.#rowsOf(group))
      .filter(({ requests, errors, missedMax }) => requests > 0 || errors > 0 || missedMax > 0)
      .toSorted(
        (a, b) =>
          Number(a.value === null) - Number(b.value === null) || b.requests - a.requests || older(a, b),
      )
  }

  #addDimension(group: Group, dimension: MeasuredDimension): void {
    const { only, byDimension } = this.#query
    if (only === null) {
      group.hitters.add(dimension)
      return
    }
    const found = dimension.values.find(({ value }) => value === only.value)
    group.missedMax += found?.missedMax ?? dimension.missedMax
    if (found === undefined) return
    if (byDimension === null) group.total.add(found)
    else group.hitters.add({ values: [found], other: NOTHING, missedMax: 0 })
  }

  #rowsOf(group: Group): readonly MeasuredRow[] {
    const { byDimension } = this.#query
    const { total, hitters, missedMax, ...where } = group
    if (byDimension === null) return [{ ...where, ...total.read(), missedMax }]
    const told = hitters.read(byDimension)
    return [
      ...told.values.map((one) => ({ ...where, ...one })),
      { ...where, ...told.other, value: null, missedMax: 0 },
    ]
  }

  #groupOf({ release, track }: Pick<MeasuredArm, 'release' | 'track'>): Group {
    const { byRelease, byTrack } = this.#query
    const key = `${byRelease ? release : ''}/${byTrack ? (track ?? ' ') : ''}`
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const fresh: Group = {
      ...(byRelease ? { release } : {}),
      ...(byTrack ? { track } : {}),
      total: new Tally(),
      hitters: new HeavyHitters(),
      missedMax: 0,
    }
    this.#groups.set(key, fresh)
    return fresh
  }
}

const NOTHING: Counts = { requests: 0, errors: 0, latency: [] }

function older(left: MeasuredRow, right: MeasuredRow): number {
  return (right.release ?? 0) - (left.release ?? 0)
}
