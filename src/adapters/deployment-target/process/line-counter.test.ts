import { expect, test } from 'vitest'
import { createLineCounter } from './line-counter.ts'

test('a line that arrives in pieces is counted once, when it has ended', () => {
  const counter = createLineCounter()
  counter.add('fine\nERR')
  counter.add('OR one')
  expect(counter.counts.errors).toBe(0)
  counter.add('\nERROR two\nERROR thr')
  expect(counter.counts.errors).toBe(2)
})

test('a line without end takes no memory without end', () => {
  const counter = createLineCounter()
  for (let pieces = 0; pieces < 100; pieces += 1) counter.add(`ERROR ${'x'.repeat(100_000)}`)
  counter.add('\n')
  expect(counter.counts.errors).toBe(1)
})

test('lines that tell of jobs are counted apart, and a failed one is not one that was done', () => {
  const counter = createLineCounter({ done: ['done'], failed: ['failed', 'was not done'] })
  counter.add('job 1 done\njob 2 failed\njob 3 was not done\nERROR nothing to do with jobs\njob 4 do')
  expect(counter.counts).toEqual({ errors: 1, jobsDone: 1, jobsFailed: 2 })
  counter.add('ne\n')
  expect(counter.counts.jobsDone).toBe(2)
})
