// Builds, checks, artifacts, the branch and the people who are told, each with its ways to go wrong.
import type { ArtifactStore } from '../../src/ports/artifact-store.ts'
import type { Builder, BuildLook, BuildRequest } from '../../src/ports/builder.ts'
import type { ChangeSource } from '../../src/ports/change-source.ts'
import type { Checker, CheckRequest, CheckResult } from '../../src/ports/checker.ts'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'
import { NO_BRANCH } from '../everywhere-acts.ts'
import type { Faults } from '../faults.ts'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { trouble } from './aborted.ts'
import type { Git, Quality } from './git.ts'

type Parts = {
  readonly clock: VirtualClock
  readonly faults: Faults
  readonly random: Random
  readonly git: Git
  /** What is wrong with a commit, everything that is in force before it included. */
  readonly defects: (sha: string) => ReadonlySet<Quality>
}

export interface WorldBuilder {
  of(process: Process): Builder
  /** The machine stopped: what was being built is gone. */
  reboot(): void
}

export function createWorldBuilder({ clock, faults, random, defects }: Parts): WorldBuilder {
  type Build = { readonly endsAtMs: number; readonly look: BuildLook }
  const builds = new Map<string, Build>()

  const begin = (key: string, request: BuildRequest): void => {
    if (builds.has(key)) return
    const slow = faults.hits('build-slow') ? faults.spanMs('build-slow', 60_000, 600_000) : 0
    const endsAtMs = clock.monotonicMs() + random.int(2_000, 40_000) + slow
    builds.set(key, { endsAtMs, look: outcome(request) })
  }
  const outcome = (request: BuildRequest): BuildLook => {
    if (faults.hits('build-trouble'))
      return { state: 'failed', fault: 'builder', message: 'the disk is full' }
    if (defects(request.sha).has('does-not-build'))
      return { state: 'failed', fault: 'code', message: 'it does not compile' }
    return { state: 'done', artifact: `sha256-${request.sha}`, run: request.run, sizeBytes: 1_000 }
  }
  const look = (key: string): BuildLook => {
    const build = builds.get(key)
    if (!build) return { state: 'unknown' }
    if (build.endsAtMs <= clock.monotonicMs()) return build.look
    if (faults.hits('build-forgotten')) {
      builds.delete(key)
      return { state: 'unknown' }
    }
    return { state: 'running', logBytes: 0 }
  }

  return {
    of: (process) => ({
      start: (key, request) =>
        process.call('builder.start', () => {
          begin(key, request)
          if (faults.hits('build-start-lost-answer')) throw trouble('no answer', 'builder/no-answer')
        }),
      look: (key) => process.call('builder.look', () => look(key)),
      stop: (key) => process.call('builder.stop', () => void builds.delete(key)),
      log: async () => ({ bytes: new Uint8Array(), total: 0 }),
    }),
    reboot: () => {
      for (const [key, build] of builds) if (build.endsAtMs > clock.monotonicMs()) builds.delete(key)
    },
  }
}

export function createWorldChecker({ clock, faults, random, defects }: Parts): (process: Process) => Checker {
  const run = async (request: CheckRequest): Promise<CheckResult> => {
    if (faults.hits('check-trouble')) throw trouble('no room for the check', 'checker/trouble')
    const hangs = faults.hits('check-hangs')
    await clock.sleep(hangs ? request.check.limitMs : random.int(500, 15_000), request.signal)
    if (request.signal.aborted) throw trouble('the check was called off', 'check/stopped')
    if (hangs) return { passed: false, message: 'it did not end in time', output: '' }
    if (faults.hits('check-flakes'))
      return { passed: false, message: 'it failed, and not for the code', output: '' }
    const passed = !defects(request.sha).has('failing-check')
    return { passed, message: passed ? 'well' : 'a wrong answer', output: '' }
  }
  return (process) => ({ run: (request) => process.call('checker.run', () => run(request)) })
}

export function createWorldSource({ clock, faults, git }: Parts): {
  of(process: Process): ChangeSource
  /** A hook says that something was pushed; it may get lost. */
  hint(): void
} {
  const hints = new Set<() => void>()
  return {
    of: (process) => ({
      look: ({ branch, after, known, limit, signal }) =>
        process.call('source.look', async () => {
          if (branch === NO_BRANCH) return { found: 'empty' }
          if (faults.hits('source-fails')) throw trouble('the remote does not answer', 'source/unreachable')
          if (faults.hits('source-slow')) await clock.sleep(faults.spanMs('source-slow', 500, 60_000), signal)
          return git.look(after, known, limit)
        }),
      find: ({ commit }) => process.call('source.find', () => git.commit(commit).change),
      pick: ({ onto, commits }) =>
        process.call('source.pick', () => {
          if (faults.hits('source-fails')) throw trouble('the remote does not answer', 'source/unreachable')
          return git.pick(onto, commits)
        }),
      heldBy: ({ commit, line }) => process.call('source.heldBy', () => git.heldBy(commit, line)),
      keep: () =>
        process.call('source.keep', () => {
          if (faults.hits('source-fails')) throw trouble('the refs were not written', 'source/unreachable')
        }),
      watch: (_request, hint) => {
        const heard = (): void => void (process.isAlive() && hint())
        hints.add(heard)
        return () => hints.delete(heard)
      },
    }),
    hint: () => {
      for (const hint of hints) if (!faults.hits('hint-lost')) hint()
    },
  }
}

export function createWorldNotifier({ faults }: Parts): {
  of(process: Process): Notifier
  readonly told: readonly Notice[]
} {
  const told: Notice[] = []
  return {
    told,
    of: (process) => ({
      send: (notice) =>
        process.call('notifier.send', () => {
          if (faults.hits('notifier-fails')) throw trouble('nobody answers', 'notifier/unreachable')
          told.push(notice)
        }),
    }),
  }
}

export function artifactsFor(process: Process): ArtifactStore {
  return {
    put: () => process.call('artifacts.put', () => ({ digest: 'sha256-none', sizeBytes: 0 })),
    lay: () => process.call('artifacts.lay', () => {}),
    has: () => process.call('artifacts.has', () => true),
    retain: () => process.call('artifacts.retain', () => []),
  }
}
