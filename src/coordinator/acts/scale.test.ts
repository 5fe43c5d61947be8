import { expect, test } from 'vitest'
import type { FleetLook, InstanceLook } from '../../ports/deployment-target.ts'
import { addresses, inShort } from './scale.ts'

const use = { cpuMs: 0, memoryBytes: 0, threads: 0, fds: 0, readBytes: 0, writeBytes: 0, errorLines: 0 }

function look(...instances: readonly (readonly [id: string, state: InstanceLook['state']])[]): FleetLook {
  return {
    release: 1,
    wanted: instances.length,
    instances: instances.map(([id, state], index) => ({
      id,
      state,
      host: 'h',
      port: index + 1,
      startedAt: 0,
      restarts: 0,
      lastWords: null,
      use,
    })),
  }
}

const ids = (...of: Parameters<typeof addresses>): readonly string[] => addresses(...of).map(({ id }) => id)
const named = (...names: readonly string[]) => names.map((id) => ({ id, host: 'h', port: 9 }))

test('a plan names no instance that was never ready', () => {
  expect(ids(look(['a', 'starting'], ['b', 'ready'], ['c', 'failed'], ['d', 'ready']), 3, [])).toEqual([
    'b',
    'd',
  ])
})

test('what the plan names already stays, also while it restarts, and in the order it had', () => {
  expect(ids(look(['a', 'ready'], ['b', 'starting'], ['c', 'ready']), 2, named('c', 'b'))).toEqual(['c', 'b'])
})

test('what is gone or going makes room for what is ready, under its present address', () => {
  expect(addresses(look(['b', 'stopping'], ['c', 'ready'], ['d', 'ready']), 2, named('a', 'b', 'c'))).toEqual(
    [
      { id: 'c', host: 'h', port: 2 },
      { id: 'd', host: 'h', port: 3 },
    ],
  )
})

test('what an instance says each time it ends is said once, and never at length', () => {
  const panic = 'panic: no\ngoroutine 1 [running]:'
  expect(inShort(`exit code 2\n${panic}\n${panic}\n\n${panic}`)).toBe(`exit code 2\n${panic}`)
  const long = inShort(Array.from({ length: 200 }, (_, line) => `line ${line}`).join('\n'))
  expect(long).toHaveLength(400)
  expect(long).toMatch(/^line 0\n.*…$/s)
})
