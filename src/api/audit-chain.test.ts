import { expect, test } from 'vitest'
import { CHAIN_START, type ChainedEvent, chainHash, chainLine, verifyChain } from './audit-chain.ts'

function exported(count: number): string[] {
  let before = CHAIN_START
  return Array.from({ length: count }, (_, index) => {
    const event: ChainedEvent = {
      position: index + 1,
      stream: 'service/shop',
      version: index + 1,
      type: 'stage-locked',
      data: JSON.stringify({ reason: `because ${index} "ü"`, marks: { 10: 1, 2: 1 }, at: 1.5e12 + index }),
    }
    const hash = chainHash(before, event)
    const line = chainLine(event, before, hash)
    before = hash
    return line
  })
}

test('an export as it was written is whole', async () => {
  const lines = exported(5)
  const report = await verifyChain(lines)
  expect(report).toMatchObject({ lines: 5, problems: [], first: 1, last: 5 })
  expect(report.hash).toBe(JSON.parse(lines[4] ?? '').hash)
  expect(await verifyChain([])).toMatchObject({ lines: 0, problems: [], hash: CHAIN_START })
})

test('a part of an export is whole in itself, and says where it begins', async () => {
  expect(await verifyChain(exported(5).slice(2))).toMatchObject({ problems: [], first: 3, last: 5 })
})

test.each([1, 2, 3])('the line that is missing is told: %i', async (missing) => {
  const { problems } = await verifyChain(exported(5).toSpliced(missing, 1))
  expect(problems).toEqual([
    { line: missing + 1, text: `what stood between event ${missing} and event ${missing + 2} is missing` },
  ])
})

test('a line that was changed is told, whatever was changed in it', async () => {
  for (const [from, to] of [
    ['because 2', 'because 3'],
    ['"version":3', '"version":4'],
    ['stage-locked', 'stage-pinned'],
    ['service/shop', 'service/blog'],
  ]) {
    const lines = exported(5)
    const changed = lines.with(2, (lines[2] ?? '').replace(from ?? '', to ?? ''))
    expect(changed[2]).not.toBe(lines[2])
    expect((await verifyChain(changed)).problems).toEqual([{ line: 3, text: 'event 3 was changed' }])
  }
})

test('whoever changes a line and its hash breaks the line after it', async () => {
  const lines = exported(5)
  const row = JSON.parse(lines[2] ?? '')
  const event = { ...row, data: JSON.stringify({ reason: 'nothing happened' }) }
  const forged = chainLine(event, row.before, chainHash(row.before, event))
  const { problems } = await verifyChain(lines.with(2, forged))
  expect(problems).toEqual([
    { line: 4, text: 'it does not follow event 3: a line is missing, doubled or out of order' },
  ])
})

test('lines out of order, doubled, or of something else are told', async () => {
  const [first = '', second = '', third = ''] = exported(3)
  expect((await verifyChain([first, third, second])).problems).not.toEqual([])
  expect((await verifyChain([first, second, second, third])).problems).not.toEqual([])
  for (const text of ['hello', '{}', '[1]', 'null', first.slice(0, -5)])
    expect((await verifyChain([first, text, second])).problems[0]).toEqual({
      line: 2,
      text: 'it is no line of an audit export',
    })
})

test('an export that was cut at its beginning cannot pretend to be whole', async () => {
  const lines = exported(3).slice(1)
  const forged = (lines[0] ?? '').replace(/"before":"[0-9a-f]+"/, `"before":"${CHAIN_START}"`)
  expect((await verifyChain([forged, ...lines.slice(1)])).problems.length).toBeGreaterThan(0)
})
