// What an acknowledged sync is worth, shown on real processes that are killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Tick } from '../../../domain/analysis/tick.ts'
import { createFolderTickStore } from './folder-tick-store.ts'

const PROGRAM = fileURLToPath(new URL('testing/acknowledging-ticker.ts', import.meta.url))
const ROUNDS = 10
const STAGES = ['one', 'two', 'three'] as const
const MS_MAX = 120_000

type Writer = {
  readonly child: ChildProcess
  readonly synced: ReadonlyMap<string, number>
  /** Resolves once so many syncs were acknowledged. */
  reached(count: number): Promise<void>
  readonly ended: Promise<void>
}

function startWriter(folder: string): Writer {
  const child = spawn(process.execPath, [PROGRAM, folder, 'waiting', '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const synced = new Map<string, number>()
  let count = 0
  let wake = (): void => {}
  const lines = createInterface({ input: child.stdout })
  const ended = new Promise<void>((resolve) => {
    // A line that was written before the kill is an acknowledgement, also when it is read after it.
    lines.once('close', () => {
      wake()
      resolve()
    })
  })
  lines.on('line', (line) => {
    const [, stage, seq] = /^(\w+) (\d+)$/.exec(line) ?? []
    if (stage === undefined) return
    synced.set(stage, Number(seq))
    count++
    wake()
  })
  return {
    child,
    synced,
    ended,
    reached: async (wanted) => {
      while (count < wanted && child.exitCode === null && child.signalCode === null)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
  }
}

test(
  `kill -9 loses no tick that was synced, and what is left follows in order, in ${ROUNDS} rounds on one store`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ticks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const acknowledged = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startWriter(folder)
      // Another place each time, the same tomorrow.
      await writer.reached(1 + ((round * 37) % 90))
      writer.child.kill('SIGKILL')
      await writer.ended
      expect(writer.synced.size).toBeGreaterThan(0)
      for (const [stage, seq] of writer.synced) acknowledged.set(stage, seq)

      const store = createFolderTickStore({ folder })
      for (const stage of STAGES) {
        const environment = { service: 'shop', stage }
        const ticks: Tick[] = []
        for await (const tick of store.read(environment, 0)) ticks.push(tick)
        const last = await store.lastSeq(environment)
        expect(last, `round ${round}, ${stage}`).toBeGreaterThanOrEqual(acknowledged.get(stage) ?? 0)
        expect(ticks.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, index) => index + 1))
        expect(ticks.every(({ seq, generation }) => generation === seq)).toBe(true)
      }
      await store.close()
    }
    const segments = STAGES.map((stage) => readdirSync(join(folder, 'shop', stage)).length)
    expect(Math.max(...segments), 'no kill fell near the end of a file').toBeGreaterThan(1)
  },
  MS_MAX,
)
