// Behaviour 4.3: hours in which a gate may open, in the zone they were written for.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WindowDefinition } from './definition.ts'
import { windowAt, windowTimeText } from './window.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NEW_YORK = 'America/New_York'

const office: WindowDefinition = {
  days: [1, 2, 3, 4, 5],
  fromMinute: 9 * 60,
  toMinute: 18 * 60,
  zone: NEW_YORK,
  closedOn: [],
}
const at = (text: string): number => Date.parse(text)
const atOffice = (text: string, more: Partial<WindowDefinition> = {}) =>
  windowAt({ ...office, ...more }, at(text))

describe('a window', () => {
  test.each([
    ['before it opens', '2026-11-23T08:59:59-05:00', false, '2026-11-23T09:00:00-05:00'],
    ['when it opens', '2026-11-23T09:00:00-05:00', true, '2026-11-23T18:00:00-05:00'],
    ['just before it closes', '2026-11-23T17:59:59-05:00', true, '2026-11-23T18:00:00-05:00'],
    ['when it closes', '2026-11-23T18:00:00-05:00', false, '2026-11-24T09:00:00-05:00'],
    ['over the weekend', '2026-11-27T18:00:00-05:00', false, '2026-11-30T09:00:00-05:00'],
  ])('%s', (_name, now, open, changesAt) => {
    expect(atOffice(now)).toEqual({ open, changesAt: at(changesAt) })
  })

  test('stays closed on an exception day', () => {
    expect(atOffice('2026-11-26T12:00:00-05:00', { closedOn: ['2026-11-26'] })).toEqual({
      open: false,
      changesAt: at('2026-11-27T09:00:00-05:00'),
    })
  })

  test('on whole days is one from the first midnight to the last', () => {
    expect(atOffice('2026-11-24T23:59:00-05:00', { fromMinute: 0, toMinute: 1440 })).toEqual({
      open: true,
      changesAt: at('2026-11-28T00:00:00-05:00'),
    })
  })

  test('that every day is open, all day, never changes', () => {
    const always = { days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1440 }
    expect(atOffice('2026-11-24T23:59:00-05:00', always)).toEqual({ open: true, changesAt: null })
  })

  test('without days never opens', () => {
    expect(atOffice('2026-11-24T12:00:00-05:00', { days: [] })).toEqual({ open: false, changesAt: null })
  })
})

describe('a night in which the clocks change', () => {
  const daily = { days: [1, 2, 3, 4, 5, 6, 7] }

  test('forward: the same wall-clock hours, an hour shorter across it', () => {
    expect(atOffice('2026-03-08T01:30:00-05:00', { ...daily, fromMinute: 60, toMinute: 240 })).toEqual({
      open: true,
      changesAt: at('2026-03-08T04:00:00-04:00'),
    })
    expect(atOffice('2026-03-08T01:30:00-05:00', daily).changesAt).toBe(at('2026-03-08T09:00:00-04:00'))
  })

  test('forward: an opening that the clocks skip is the first instant after the gap', () => {
    expect(atOffice('2026-03-08T01:59:00-05:00', { ...daily, fromMinute: 150, toMinute: 240 })).toEqual({
      open: false,
      changesAt: at('2026-03-08T03:00:00-04:00'),
    })
  })

  test('forward: a window that lies in the gap does not open that day', () => {
    expect(atOffice('2026-03-08T01:59:00-05:00', { ...daily, fromMinute: 130, toMinute: 170 })).toEqual({
      open: false,
      changesAt: at('2026-03-09T02:10:00-04:00'),
    })
  })

  test('back: an hour that comes twice counts as it comes first', () => {
    expect(atOffice('2026-11-01T00:45:00-04:00', { ...daily, fromMinute: 30, toMinute: 90 })).toEqual({
      open: true,
      changesAt: at('2026-11-01T01:30:00-04:00'),
    })
    expect(atOffice('2026-11-01T01:15:00-05:00', { ...daily, fromMinute: 60, toMinute: 180 }).open).toBe(true)
  })
})

/** Local readings of every minute around an instant, by offsets that `Intl` writes; each as days and minutes. */
type Readings = { readonly zone: string; readonly from: number; readonly minutes: readonly number[] }

function readingsAround(zone: string, middle: number): Readings {
  const from = middle - 12 * DAY_MS
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const minutes: number[] = []
  for (let quarter = from; quarter < middle + 12 * DAY_MS; quarter += 15 * MINUTE_MS) {
    const name = format.formatToParts(quarter).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours, mins] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [undefined, '+', '0', '0']
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(mins))
    for (let minute = 0; minute < 15; minute += 1) minutes.push(quarter / MINUTE_MS + minute + offset)
  }
  return { zone, from, minutes }
}

/** Opening and closing of every day, by going through the minutes one by one. */
function spansOf(window: WindowDefinition, { from, minutes }: Readings): readonly [number, number][] {
  const first = (local: number): number => {
    const index = minutes.findIndex((reading) => reading >= local)
    return index < 0 ? Number.POSITIVE_INFINITY : from + index * MINUTE_MS
  }
  const spans: [number, number][] = []
  const firstDay = Math.floor((minutes[0] ?? 0) / 1440)
  for (let day = firstDay + 1; day <= firstDay + 22; day += 1) {
    const date = new Date(day * DAY_MS)
    const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay()
    if (!window.days.includes(weekday) || window.closedOn.includes(date.toISOString().slice(0, 10))) continue
    const span: [number, number] = [
      first(day * 1440 + window.fromMinute),
      first(day * 1440 + window.toMinute),
    ]
    const last = spans.at(-1)
    if (span[0] >= span[1]) continue
    if (last && last[1] === span[0]) last[1] = span[1]
    else spans.push(span)
  }
  return spans
}

const nights = [
  readingsAround(NEW_YORK, at('2026-03-08T07:00:00Z')),
  readingsAround(NEW_YORK, at('2026-11-01T06:00:00Z')),
  readingsAround('Europe/Berlin', at('2026-03-29T01:00:00Z')),
  readingsAround('Europe/Berlin', at('2026-10-25T01:00:00Z')),
  // Here the clocks change at midnight, and here by half an hour.
  readingsAround('Africa/Cairo', at('2026-04-23T22:00:00Z')),
  readingsAround('Africa/Cairo', at('2026-10-29T21:00:00Z')),
  readingsAround('Australia/Lord_Howe', at('2026-10-03T15:30:00Z')),
  readingsAround('Australia/Lord_Howe', at('2026-04-04T15:00:00Z')),
  readingsAround('Asia/Kathmandu', at('2026-06-15T00:00:00Z')),
  readingsAround('Pacific/Kiritimati', at('2026-06-15T00:00:00Z')),
]

test('a window is what going through the minutes one by one says, in any zone and any night', () => {
  const anyWindow = fc
    .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1, max: 1440 }))
    .filter(([from, to]) => from < to)
  fc.assert(
    fc.property(
      fc.nat({ max: nights.length - 1 }),
      fc.subarray([1, 2, 3, 4, 5, 6, 7]),
      fc.oneof(anyWindow, fc.constant([0, 1440] as const)),
      fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 2 }),
      fc.integer({ min: -3 * 1440, max: 3 * 1440 }),
      (index, days, [fromMinute, toMinute], closed, offMinutes) => {
        const night = nights[index]
        if (!night) return
        const middle = night.from + 12 * DAY_MS
        const now = middle + offMinutes * MINUTE_MS
        const closedOn = closed.map((off) => new Date(middle + off * DAY_MS).toISOString().slice(0, 10))
        const window = { days, fromMinute, toMinute, zone: night.zone, closedOn }
        const next = spansOf(window, night).find(([, to]) => to > now)
        const open = next !== undefined && next[0] <= now
        const change = next === undefined ? undefined : open ? next[1] : next[0]
        const said = windowAt(window, now)
        expect(said.open).toBe(open)
        // The model ends after some days; what it does not see any more is not compared.
        if (change !== undefined && change < middle + 9 * DAY_MS) expect(said.changesAt).toBe(change)
      },
    ),
    { seed: 20260308, numRuns: 600 },
  )
})

test.each([
  ['2026-11-23T09:00:00-05:00', 'Mon 09:00'],
  ['2026-12-14T09:30:00-05:00', 'Mon 2026-12-14 09:30'],
])('a time is written in the zone of the window, with its date when it is far off: %s', (then, text) => {
  expect(windowTimeText(office, at(then), at('2026-11-20T12:00:00-05:00'))).toBe(text)
})
