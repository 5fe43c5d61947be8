// Whether the branch took back what went round it (behaviour 1.5): looked for whenever the line, or what is missing in
// it, has changed.
import { machine } from '../domain/names.ts'
import { isOfLine } from '../domain/release-number.ts'
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
    const open = notTakenIn(state, (outer, inner) => contains(state, outer, inner))
    const key = `${state.head} ${open.map(({ release }) => release).join(' ')}`
    if (open.length === 0 || key === looked || !state.definition) return
    const { git, branch } = state.definition.source
    const line = Object.values(state.releases)
      .filter(({ release }) => isOfLine(release) && contains(state, state.head, release))
      .slice(-COMPARED_MAX)
      .map(({ change }) => change.sha)
    for (const { release, change, origin } of open) {
      const origins = origin.kind === 'cherry-pick' ? origin.picked.map(({ sha }) => sha) : []
      const held = await parts.ports.source.heldBy({
        git,
        branch,
        commit: change.sha,
        origins,
        line,
        signal,
      })
      if (held)
        await parts.work.handle({
          type: 'report-taken-in',
          release,
          takenInBy: held.by,
          how: held.how,
          at: parts.ports.clock.now(),
          by: machine('change source'),
        })
    }
    looked = key
  }
}
