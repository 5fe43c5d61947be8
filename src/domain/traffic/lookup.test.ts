import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asByteText } from './byte-text.ts'
import { createLookupBuilder } from './lookup-builder.ts'
import { KEY_BYTES_MAX } from './lookup-table.ts'

const head = {
  table: 'customers',
  generation: 1,
  key: { from: 'header', name: 'x-customer' },
  columns: ['plan', 'project'],
} as const
const bytes = fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' })

describe('a lookup table', () => {
  test('gives every cell that was put in and nothing else, whatever the keys', () => {
    const cell = fc.option(bytes, { nil: undefined })
    fc.assert(
      fc.property(fc.dictionary(bytes, fc.tuple(cell, cell), { maxKeys: 3_000 }), bytes, (rows, other) => {
        const builder = createLookupBuilder(head)
        for (const [key, cells] of Object.entries(rows)) expect(builder.add(key, cells)).toBeUndefined()
        const { table } = builder.build()
        for (const [key, [plan, project]] of Object.entries(rows)) {
          expect(table.cell(key, 'plan')).toBe(plan)
          expect(table.cell(key, 'project')).toBe(project)
          expect(table.cell(key, 'color')).toBeUndefined()
        }
        if (rows[other] === undefined) expect(table.cell(other, 'plan')).toBeUndefined()
        expect([...table.rows()]).toEqual(Object.entries(rows).map(([key, cells]) => ({ key, cells })))
      }),
      { numRuns: 30 },
    )
  })

  test('grows over many thousand rows and still finds each', () => {
    const builder = createLookupBuilder({ ...head, columns: ['plan'] })
    for (let n = 0; n < 50_000; n++) builder.add(`customer-${n}`, [n % 3 === 0 ? 'free' : 'paying'])
    const { table, parts } = builder.build()
    for (let n = 0; n < 50_000; n++)
      if (table.cell(`customer-${n}`, 'plan') !== (n % 3 === 0 ? 'free' : 'paying')) expect.fail(`row ${n}`)
    expect(table.cell('customer-50000', 'plan')).toBeUndefined()
    expect(parts.valueEnds.length).toBe(2)
  })

  test('a row that cannot be is refused in words, and the rest stands', () => {
    const builder = createLookupBuilder(head)
    builder.add('acme', ['free', undefined])
    expect(builder.add('', ['free', 'x'])).toBe('its key is empty')
    expect(builder.add('acme', ['paying', 'x'])).toBe('its key "acme" stood in a row before')
    expect(builder.add('tiny', ['free'])).toBe('it has 1 values, and the table has 2 columns')
    expect(builder.add('k'.repeat(KEY_BYTES_MAX + 1), ['a', 'b'])).toMatch(/^its key has 513 bytes/)
    expect(builder.add('tiny', ['a', 'b'.repeat(513)])).toMatch(/^one of its values has 513 bytes/)
    expect(builder.rows).toBe(1)
    expect(builder.build().table.cell('acme', 'plan')).toBe('free')
  })

  test('names are compared by the bytes a client sends', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (text) => {
          expect(asByteText(text)).toBe(Buffer.from(text, 'utf8').toString('latin1'))
        },
      ),
    )
  })
})
