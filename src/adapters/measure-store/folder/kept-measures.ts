// What is kept of one environment. A second goes to its file as it came and is added to its minute; a minute that is
// over goes to its files and is added to its hour. What comes late makes one more line of its minute and its hour.
import type { MeasuredArm } from '../../../domain/analysis/measures/measured.ts'
import { RollUp } from '../../../domain/analysis/measures/roll-up.ts'
import type { TakenWindow } from '../../../ports/measure-source.ts'
import { MEASURES_KEPT_MS, type MeasuredPart, type MeasureSearch } from '../../../ports/measure-store.ts'
import type { Level, MeasureFile, MeasureFiles } from './measure-files.ts'
import { dimensionTexts, needleOf, readDimension, readTotal, readValue, totalText } from './measure-line.ts'
import { readSecond, secondText } from './second-line.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** For routers that tell a little late. */
const GRACE_MS = 5_000
const COUNTERS_MAX = 16

type Kind = { readonly fileMs: number; readonly keptMs: number }
type Span = { readonly level: Level; readonly from: number; readonly until: number }
const KINDS: Readonly<Record<Level, Kind>> = {
  seconds: { fileMs: 600_000, keptMs: 1_800_000 },
  minutes: { fileMs: HOUR_MS, keptMs: 2 * DAY_MS },
  hours: { fileMs: DAY_MS, keptMs: MEASURES_KEPT_MS + DAY_MS },
}

/** Calls must not overlap; `createFolderMeasureStore` sees to it. */
export class KeptMeasures {
  readonly marks: Record<string, number> = {}
  readonly #files: MeasureFiles
  readonly #minutes = new Map<number, RollUp>()
  readonly #hours = new Map<number, RollUp>()
  /** Everything before is in the files of minutes, and of hours. */
  #minutesTo = 0
  #hoursTo = 0
  #tidiedAt = 0

  constructor(files: MeasureFiles) {
    this.#files = files
  }

  /** What was not yet added up when the server ended is, from finer files. */
  async recover(): Promise<this> {
    const files = await this.#files.list()
    this.#hoursTo = await this.#endOf(files, 'hours')
    this.#minutesTo = Math.max(this.#hoursTo, await this.#endOf(files, 'minutes'))
    for (const file of files) {
      const isOpen = file.start + KINDS[file.level].fileMs > this.#hoursTo
      if (file.level === 'minutes' && isOpen) await this.#recoverMinutes(file)
      if (file.level === 'seconds') await this.#recoverSeconds(file)
    }
    return this
  }

  async append(windows: readonly TakenWindow[]): Promise<void> {
    const first = windows[0]
    if (first === undefined) return
    const start = floor(first.window.from, KINDS.seconds.fileMs)
    await this.#files.append('seconds', start, null, windows.map(secondText).join(''))
    for (const { counter, seq, window } of windows) {
      this.#mark(counter, seq)
      await this.#addMinute(floor(window.from, MINUTE_MS), window.arms)
    }
  }

  async turn(now: number): Promise<void> {
    for (const [minute, sum] of this.#minutes) {
      if (minute + MINUTE_MS + GRACE_MS > now) continue
      this.#minutes.delete(minute)
      this.#minutesTo = Math.max(this.#minutesTo, minute + MINUTE_MS)
      await this.#writeMinute(minute, sum.read())
    }
    for (const [hour, sum] of this.#hours) {
      if (hour + HOUR_MS + MINUTE_MS + GRACE_MS > now) continue
      this.#hours.delete(hour)
      this.#hoursTo = Math.max(this.#hoursTo, hour + HOUR_MS)
      await this.#write('hours', hour, HOUR_MS, sum.read())
    }
    if (now - this.#tidiedAt >= KINDS.seconds.fileMs) await this.#tidy(now)
  }

  /** Whole hours from the hours, what is left of minutes from the minutes, and the rest from the seconds. */
  async *read(search: MeasureSearch): AsyncIterable<readonly MeasuredPart[]> {
    const files = await this.#files.list()
    for (const { level, from, until } of this.#spansOf(search, files)) {
      for (const file of files) {
        const isOther = file.level !== level || (level !== 'seconds' && file.dimension !== search.dimension)
        if (isOther || from >= until || file.start >= until) continue
        // A window of seconds may be a long one that waited for us.
        if (level !== 'seconds' && file.start + KINDS[level].fileMs <= from) continue
        const parts = await this.#partsOf(file, search)
        yield parts.filter((part) => {
          const isAddedUp = level === 'seconds' && floor(part.from, MINUTE_MS) < this.#minutesTo
          return !isAddedUp && part.from + part.spanMs > from && part.from < until
        })
      }
    }
  }

  #spansOf(search: MeasureSearch, files: readonly MeasureFile[]): readonly Span[] {
    const { from, until } = search
    const minutes = files.flatMap(({ level, start }) => (level === 'minutes' ? [start] : []))
    const oldestMinute = Math.min(this.#hoursTo, ...minutes)
    // Where minutes are gone, the whole hour is told.
    const hoursFrom = (from < oldestMinute ? Math.floor : Math.ceil)(from / HOUR_MS) * HOUR_MS
    const lastHour = (until < oldestMinute ? Math.ceil : Math.floor)(until / HOUR_MS) * HOUR_MS
    const hoursUntil = Math.min(lastHour, this.#hoursTo)
    const minutesUntil = Math.min(until, this.#minutesTo)
    const seconds: Span = { level: 'seconds', from: Math.max(from, this.#minutesTo), until }
    if (hoursFrom >= hoursUntil) return [{ level: 'minutes', from, until: minutesUntil }, seconds]
    return [
      { level: 'hours', from: hoursFrom, until: hoursUntil },
      { level: 'minutes', from, until: hoursFrom },
      { level: 'minutes', from: hoursUntil, until: minutesUntil },
      seconds,
    ]
  }

  async dimensions(): Promise<readonly string[]> {
    const files = await this.#files.list()
    const open = [...this.#minutes.values()].flatMap((sum) => sum.read().flatMap((arm) => arm.dimensions))
    const names = [...files.map((file) => file.dimension), ...open.map((one) => one.dimension)]
    return [...new Set(names.flatMap((name) => name ?? []))].toSorted()
  }

  /** Newest last; of routers that ended long ago nobody asks. */
  #mark(counter: string, seq: number): void {
    const known = this.marks[counter] ?? 0
    delete this.marks[counter]
    this.marks[counter] = Math.max(seq, known)
    const [oldest, ...others] = Object.keys(this.marks)
    if (oldest !== undefined && others.length >= COUNTERS_MAX) delete this.marks[oldest]
  }

  async #addMinute(minute: number, arms: readonly MeasuredArm[]): Promise<void> {
    if (minute >= this.#minutesTo) sumOf(this.#minutes, minute).add(arms)
    else await this.#writeMinute(minute, arms)
  }

  async #writeMinute(minute: number, arms: readonly MeasuredArm[]): Promise<void> {
    await this.#write('minutes', minute, MINUTE_MS, arms)
    const hour = floor(minute, HOUR_MS)
    if (hour >= this.#hoursTo) sumOf(this.#hours, hour).add(arms)
    else await this.#write('hours', hour, HOUR_MS, arms)
  }

  /** Totals last: they say how far everything has come. */
  async #write(level: Level, from: number, spanMs: number, arms: readonly MeasuredArm[]): Promise<void> {
    const start = floor(from, KINDS[level].fileMs)
    const texts = new Map<string, string>()
    for (const arm of arms)
      for (const [dimension, text] of dimensionTexts({ from, spanMs }, arm))
        texts.set(dimension, (texts.get(dimension) ?? '') + text)
    for (const [dimension, text] of texts) await this.#files.append(level, start, dimension, text)
    const totals = arms.map((arm) => totalText({ from, spanMs }, arm)).join('')
    if (totals !== '') await this.#files.append(level, start, null, totals)
  }

  async #partsOf(file: MeasureFile, { dimension, value }: MeasureSearch): Promise<readonly MeasuredPart[]> {
    const lines = await this.#files.lines(file)
    if (file.level === 'seconds')
      return lines.flatMap((line) => readSecond(line)?.parts(dimension, value) ?? [])
    if (dimension === null) return lines.flatMap((line) => readTotal(line) ?? [])
    if (value === undefined) return lines.flatMap((line) => readDimension(line, dimension) ?? [])
    const needle = needleOf(value)
    return lines.flatMap((line) => readValue(line, dimension, needle) ?? [])
  }

  async #endOf(files: readonly MeasureFile[], level: Level): Promise<number> {
    const totals = files.filter((file) => file.level === level && file.dimension === null)
    const newest = totals.toSorted((a, b) => b.start - a.start)[0]
    if (newest === undefined) return 0
    const parts = (await this.#files.lines(newest)).flatMap((line) => readTotal(line) ?? [])
    return Math.max(0, ...parts.map(({ from, spanMs }) => from + spanMs))
  }

  async #recoverMinutes(file: MeasureFile): Promise<void> {
    for (const line of await this.#files.lines(file)) {
      const part = file.dimension === null ? readTotal(line) : readDimension(line, file.dimension)
      if (part === undefined || part.from < this.#hoursTo) continue
      sumOf(this.#hours, floor(part.from, HOUR_MS)).add([part.arm])
    }
  }

  async #recoverSeconds(file: MeasureFile): Promise<void> {
    for (const line of await this.#files.lines(file)) {
      const second = readSecond(line)
      if (second === undefined) continue
      const { counter, seq, window } = second.taken
      this.#mark(counter, seq)
      const minute = floor(window.from, MINUTE_MS)
      if (minute >= this.#minutesTo) sumOf(this.#minutes, minute).add(window.arms)
    }
  }

  async #tidy(now: number): Promise<void> {
    this.#tidiedAt = now
    for (const file of await this.#files.list()) {
      const { fileMs, keptMs } = KINDS[file.level]
      const end = file.start + fileMs
      const isNeeded = file.level === 'seconds' && end > this.#minutesTo
      if (end + keptMs < now && !isNeeded) await this.#files.remove(file)
      else if (file.level !== 'seconds' && !file.isPacked && end + HOUR_MS < now) await this.#files.pack(file)
    }
  }
}

function floor(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs
}

function sumOf(sums: Map<number, RollUp>, start: number): RollUp {
  const known = sums.get(start) ?? new RollUp()
  sums.set(start, known)
  return known
}
