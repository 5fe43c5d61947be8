import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearest } from '../api/nearest.ts'
import { cut, layOut, widthOf, wrap } from './table.ts'
import { plain, readDuration, readRelease, sayDuration, tame } from './words.ts'

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['4h', 14_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
  ])('%s is %i ms', (text, ms) => expect(readDuration(text)).toBe(ms))

  test.each(['', '4', '4 h', 'h4', '-1h', '0s', '1h30', '4hours', '1h-30m', 'soon'])(
    '%j is refused',
    (text) => expect(() => readDuration(text)).toThrow(/is not a duration/),
  )

  test('are said in at most two units', () => {
    const said = [0, 45_000, 150_000, 1_800_000, 3_600_000, 5_400_000, 172_800_000, 180_000_000].map(
      sayDuration,
    )
    expect(said).toEqual(['0s', '45s', '2m 30s', '30m', '1h', '1h 30m', '2d', '2d 2h'])
  })
})

test('a release is written 12 or #12, or 5+1 off the line, and no other way', () => {
  expect([readRelease('12'), readRelease('#12')]).toEqual([12, 12])
  expect(readRelease('#5+1')).toBe(readRelease('5+1'))
  for (const text of ['', '0', '-1', '1.5', '##1', 'x', '5+', '5+0', '05', '99999999999'])
    expect(() => readRelease(text)).toThrow(/is not a release/)
})

describe('a table', () => {
  const columns = [
    { title: 'A', least: 4 },
    { title: 'B', least: 6 },
  ]
  const texts = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
    maxLength: 5,
  })

  test('is never wider than its terminal, as long as its columns’ least widths fit', () =>
    fc.assert(
      fc.property(texts, fc.integer({ min: 12, max: 100 }), (rows, width) => {
        const cells = rows.map((row) => row.map((text) => ({ text: plain(text) })))
        for (const line of layOut(columns, cells, width, (text) => text).lines)
          expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    ))

  test('cuts between characters, never inside one', () => {
    expect(cut('größe 👩‍👩‍👧 family', 8)).toBe('größe …')
    expect(cut('日本語', 5)).toBe('日本…')
    expect(cut('short', 5)).toBe('short')
  })

  test('wrapping keeps every word, in order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
        fc.integer({ min: 20, max: 80 }),
        (words, width) => {
          const text = words.join(' ')
          expect(
            wrap(text, width, 2)
              .map((line) => line.trim())
              .join(' '),
          ).toBe(text)
        },
      ),
    ))
})

test('no control character gets through a name, and only colours through a log', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).not.toMatch(/\p{Cc}/u)
      expect(tame(text).replaceAll(/\p{Cc}\[[0-9;]*m/gu, '')).not.toMatch(/[^\P{Cc}\n\r\t]/u)
    }),
  ))

test('the nearest word is found for a slip and not for anything', () => {
  const words = ['staging', 'production', 'alpha']
  expect(nearest('prodution', words)).toBe('production')
  expect(nearest('prod', words)).toBe('production')
  expect(nearest('Stagign', words)).toBe('staging')
  expect(nearest('zebra', words)).toBeNull()
  expect(nearest('x', [])).toBeNull()
})
