import { describe, expect, test } from 'vitest'
import { changeSourceContract } from '../../../extend/contracts/change-source.contract.ts'
import type { ChangeSource } from '../../../ports/change-source.ts'
import { createScriptedSource, scriptedChange, type ScriptedSource } from './scripted-source.ts'

changeSourceContract('the scripted source', async () => {
  let now = 0
  let shas = 0
  const clock = { now: () => now, monotonicMs: () => now, sleep: () => Promise.resolve() }
  let source: ScriptedSource = createScriptedSource({ clock })
  const contents = new Map<string, string>()
  const swapped: ChangeSource = {
    look: (request) => source.look(request),
    find: (request) => source.find(request),
    pick: (request) => source.pick(request),
    heldBy: (request) => source.heldBy(request),
    keep: (request) => source.keep(request),
    watch: (request, hint) => {
      const leave = source.watch(request, hint)
      // It stands at once.
      hint()
      return leave
    },
  }
  return {
    source: swapped,
    git: 'scripted',
    branch: 'main',
    commit: async (message, content) => {
      const sha = (++shas).toString(16).padStart(40, '0')
      const lost = contents.get(content)
      const carried = lost === undefined ? [] : [{ lost, as: sha }]
      source.push({ changes: [scriptedChange(sha, message)], carried })
      contents.set(content, sha)
      now++
      return sha
    },
    moveTo: async (sha) => {
      source.push({ changes: [], onto: sha })
    },
    addBranch: async (name) => {
      source = createScriptedSource({ clock, branch: name })
      source.push({ changes: [scriptedChange('1'.repeat(40), 'elsewhere')] })
    },
    until: async (claim) => expect(claim()).toBe(true),
    close: () => Promise.resolve(),
  }
})

describe('scripted source', () => {
  test('a push is found from its time on, and an outage ends', async () => {
    let now = 0
    const clock = { now: () => now, monotonicMs: () => now, sleep: () => Promise.resolve() }
    const [one, two] = [scriptedChange('1', 'one'), scriptedChange('2', 'two')]
    const source = createScriptedSource({
      clock,
      pushes: [
        { atMs: 20, changes: [two] },
        { atMs: 10, changes: [one] },
      ],
      outages: [{ fromMs: 30, toMs: 40, code: 'source/unreachable' }],
    })
    const look = (after: string | null) =>
      source.look({
        git: 'x',
        branch: 'main',
        after,
        known: [],
        limit: 9,
        signal: new AbortController().signal,
      })
    expect(await look(null)).toEqual({ found: 'empty' })
    now = 10
    expect(await look(null)).toEqual({ found: 'line', changes: [one] })
    now = 20
    expect(await look('1')).toEqual({ found: 'line', changes: [two] })
    now = 30
    await expect(look('2')).rejects.toMatchObject({ code: 'source/unreachable', again: 'retry' })
    now = 40
    expect(await look('2')).toEqual({ found: 'line', changes: [] })
  })
})
