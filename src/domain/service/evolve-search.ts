// How the search for a culprit stands, folded from its events.
import type { Of } from './evolve-rollout.ts'
import type { ServiceEvent } from './event.ts'
import type { CulpritSearch } from './search-state.ts'
import type { StageState } from './state.ts'

type SearchEvent = Of<'culprit-search-started' | 'probe-ended' | 'culprit-search-ended'>

export function isSearchEvent(event: ServiceEvent): event is SearchEvent {
  return (
    event.type === 'culprit-search-started' ||
    event.type === 'probe-ended' ||
    event.type === 'culprit-search-ended'
  )
}

export function evolveSearch(stage: StageState, event: SearchEvent): StageState {
  switch (event.type) {
    case 'culprit-search-started':
      return { ...stage, search: begun(stage.search, event) }
    case 'probe-ended': {
      const { search } = stage
      if (!search) return stage
      const { release, found, left } = event
      if (found !== 'well' && found !== 'broke') return stage
      return {
        ...stage,
        suspects: left,
        search: { ...search, probes: [...search.probes, { release, found }] },
      }
    }
    case 'culprit-search-ended': {
      const { search: _, ...rest } = stage
      return rest
    }
  }
}

/** One that goes on where the release before broke, too, has no more time than it had. */
function begun(before: CulpritSearch | undefined, event: Of<'culprit-search-started'>): CulpritSearch {
  const { release, what, suspects, watchedMs, requests, tick, at } = event
  return {
    release,
    what,
    since: before?.since ?? at,
    sinceTick: tick,
    suspects,
    seen: { watchedMs, requests },
    probes: [],
  }
}
