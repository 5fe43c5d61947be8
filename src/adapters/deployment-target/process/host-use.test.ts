import { expect, test } from 'vitest'
import { noUse, useOf, UseTotal } from './host-use.ts'
import { readStat } from './proc.ts'

test('the figures of a process are those the kernel gives it', () => {
  const use = useOf([readStat(process.pid)!])
  const own = process.memoryUsage().rss
  expect(use.memoryBytes).toBeGreaterThan(own * 0.5)
  expect(use.memoryBytes).toBeLessThan(own * 2)
  const { user, system } = process.cpuUsage()
  // Read in this order, the process can only have used more since.
  expect(use.cpuMs).toBeLessThanOrEqual((user + system) / 1_000 + 20)
  expect(use.cpuMs).toBeGreaterThan(0)
  expect(use.threads).toBeGreaterThan(1)
  expect(use.fds).toBeGreaterThan(3)
})

test('what grows never falls when a child ends or a run begins anew; what is as of now does', () => {
  const total = new UseTotal()
  total.note({ ...noUse, cpuMs: 100, writeBytes: 10, memoryBytes: 5 })
  expect(total.note({ ...noUse, cpuMs: 60, memoryBytes: 2 })).toMatchObject({
    cpuMs: 100,
    writeBytes: 10,
    memoryBytes: 2,
  })
  total.endRun()
  expect(total.note(noUse)).toMatchObject({ cpuMs: 100, writeBytes: 10, memoryBytes: 0 })
  expect(total.note({ ...noUse, cpuMs: 30 })).toMatchObject({ cpuMs: 130, writeBytes: 10 })
})
