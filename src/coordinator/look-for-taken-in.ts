// Whether the branch took back what went round it (behaviour 1.5): looked for whenever the line, or what is missing in
// it, has changed. What was rejected keeps the line waiting until the answer is there.
import { machine } from '../domain/names.ts'
import { isOfLine } from '../domain/release-number.ts'
import { toCompare } from '../domain/service/comparing.ts'
import { contains } from '../domain/service/contains.ts'
import { notTakenIn } from '../domain/service/off-line.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { CoordinatorPorts } from './ports.ts'
import type { Work } from './work.ts'

/** Commits of the line that are compared; what was taken back is near its head. */
const COMPARED_MAX = 200

/** Looks once at each state of the line, and again after a look that failed. */
export function takenInLook(parts: {
  readonly state: () => ServiceState
  readonly work: Work
  readonly ports: CoordinatorPorts
}): (signal: AbortSignal) => Promise<void> {
  let looked = ''
  return async (signal) => {
    const state = parts.state()
    const missing = notTakenIn(state, (outer, inner) => contains(state, outer, inner))
    const rejected = toCompare(state)
    const open = [...new Set([...missing, ...rejected])]
    const key = `${state.head} ${missing.map(({ release }) => release).join(' ')}`
    if (open.length === 0 || (rejected.length === 0 && key === looked) || !state.definition) return
    const { git, branch } = state.definition.source
    const by = machine('change source')
    const line = Object.values(state.releases)
      .filter(({ release }) => isOfLine(release) && contains(state, state.head, release))
      .slice(-COMPARED_MAX)
      .map(({ change }) => change.sha)
    for (const one of open) {
      const { release, change, origin } = one
      const origins = origin.kind === 'cherry-pick' ? origin.picked.map(({ sha }) => sha) : []
      const held = await parts.ports.source.heldBy({
        git,
        branch,
        commit: change.sha,
        origins,
        line,
        signal,
      })
      const at = parts.ports.clock.now()
      if (held)
        await parts.work.handle({
          type: 'report-taken-in',
          release,
          takenInBy: held.by,
          how: held.how,
          at,
          by,
        })
      if (rejected.includes(one))
        await parts.work.handle({ type: 'report-compared', release, upTo: state.head, at, by })
    }
    looked = key
  }
}
