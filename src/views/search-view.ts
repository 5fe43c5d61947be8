// The search for a culprit as people see it: who is left, what is probed, what was told, and until when.
import type { Reason, StageView } from '../api/board.ts'
import { releaseName } from '../domain/release-number.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import {
  isServedOn,
  nextProbe,
  probeEndsAt,
  probeOf,
  probeReasons,
} from '../domain/service/culprit-search.ts'
import { list } from '../domain/service/gates.ts'
import { seenWhileAsked } from '../domain/service/search-findings.ts'
import {
  evidenceNeeded,
  EVIDENCE_TIMES,
  SEARCH_MS_MAX,
  type CulpritSearch,
} from '../domain/service/search-state.ts'
import { stageOf, type ServiceState, type StageState } from '../domain/service/state.ts'
import type { Seen } from './why.ts'

export function searchView(
  state: ServiceState,
  definition: StageDefinition,
  seen: Seen,
): StageView['search'] {
  const stage = stageOf(state, definition.stage)
  const { search, suspects } = stage
  if (!search) return null
  const { since, release, what, probes } = search
  return {
    release,
    what,
    since,
    until: since + SEARCH_MS_MAX,
    suspected: [...search.suspects],
    left: [...suspects],
    probing: probeOf(stage)?.release ?? null,
    told: probes.map((probe) => ({ ...probe })),
    why: [...searchReasons(state, definition, seen)],
  }
}

/** What is being done to tell them apart, and what that waits for; empty where nobody is looked for. */
export function searchReasons(
  state: ServiceState,
  definition: StageDefinition,
  seen: Seen,
): readonly Reason[] {
  const stage = stageOf(state, definition.stage)
  const { search } = stage
  if (!search) return []
  const until = search.since + SEARCH_MS_MAX
  const probe = probeOf(stage)
  if (probe) {
    const ends = probeEndsAt(search, probe)
    const text = `${releaseName(probe.release)} is probed to find out which of ${list(stage.suspects)} broke ${stage.stage}${progress(state, stage, search, seen)}${toldSoFar(search)}`
    return [{ code: 'search/probing', text, until: ends ?? until }]
  }
  if (stage.rollout)
    return [
      {
        code: 'search/waits',
        text: `a search for which of ${list(stage.suspects)} broke ${stage.stage} goes on when its rollout is over${toldSoFar(search)}`,
        until: null,
      },
    ]
  return [waitsFor(state, definition, stage, search, seen)]
}

function waitsFor(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  search: CulpritSearch,
  seen: Seen,
): Reason {
  const until = search.since + SEARCH_MS_MAX
  const which = `which of ${list(stage.suspects)} broke ${stage.stage}`
  const { release, mayCome } = nextProbe(state, definition, stage, search)
  const [reason] = probeReasons(state, definition, seen.now)
  if (release !== undefined && reason)
    return {
      code: 'search/waits',
      text: `a probe of ${releaseName(release)}, to find out ${which}, waits: ${reason.text}`,
      until,
    }
  if (release === undefined && !mayCome && isServedOn(state, stage))
    return {
      code: 'search/served-on',
      text: `${releaseName(stage.live?.release ?? 0)} is watched to find out ${which}${progress(state, stage, search, seen)}${toldSoFar(search)}`,
      until,
    }
  if (release === undefined && mayCome)
    return {
      code: 'search/waits',
      text: `a release between them is being built, to find out ${which}${toldSoFar(search)}`,
      until,
    }
  return { code: 'search/next', text: `the next probe is due, to find out ${which}`, until: seen.now }
}

/** `: 340 of 1200 requests and 18 of 60 s so far`. */
function progress(state: ServiceState, stage: StageState, search: CulpritSearch, seen: Seen): string {
  const sofar = seenWhileAsked(state, stage, seen.evidence(stage.stage))
  if (!sofar) return ''
  const needed = evidenceNeeded(search)
  const seconds = (ms: number): number => Math.round(ms / 1_000)
  const requests = Math.ceil(EVIDENCE_TIMES * needed.requests)
  return `: ${sofar.requests} of ${requests} requests and ${seconds(sofar.watchedMs)} of ${seconds(EVIDENCE_TIMES * needed.watchedMs)} s so far`
}

function toldSoFar({ probes }: CulpritSearch): string {
  if (probes.length === 0) return ''
  const told = probes.map(
    ({ release, found }) => `${releaseName(release)} ${found === 'well' ? 'did well' : 'broke, too'}`,
  )
  return `; ${told.join(', ')}`
}
