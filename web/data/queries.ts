// What the pages read, and the stream that keeps it fresh.
import { QueryClient, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { ActBody, ActName } from '../../src/api/acts.ts'
import {
  ApiFailure,
  type AskedRequest,
  explainRoute,
  fetchAudit,
  fetchBacklog,
  fetchBoard,
  fetchForecast,
  fetchLookupRow,
  fetchLookups,
  fetchMe,
  fetchMeasures,
  fetchOutput,
  fetchPlan,
  fetchRelease,
  fetchReleases,
  fetchRoutes,
  fetchSeen,
  fetchSettings,
  isSignInNeeded,
  signIn,
  tryAct,
} from './client.ts'
import { heardServerTime, serverNowMs } from './clock.ts'
import { createCoalescer } from './coalesce.ts'
import { createLiveStream } from './live-stream.ts'

const pageOfRows = 50
const refreshEveryMs = 500
const seenEveryMs = 5000
const outputEveryMs = 2000
const cutEveryMs = 10_000

export type ActWish = {
  readonly service: string
  readonly act: ActName
  readonly body: Partial<ActBody<ActName>>
  /** Meant for the stage of that name in every service. */
  readonly isEverywhere?: boolean
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => !(error instanceof ApiFailure && error.status >= 400) && failures < 2,
      staleTime: 5000,
      refetchOnWindowFocus: 'always',
    },
  },
})

// `cancelRefetch: false`: on a slow connection a later event must not throw away an answer that is under way.
const refresh = createCoalescer(
  {
    everyMs: refreshEveryMs,
    run: () => void queries.invalidateQueries({ queryKey: ['live'] }, { cancelRefetch: false }),
  },
  { now: () => performance.now(), after: (ms, run) => void setTimeout(run, ms) },
)

const stream = createLiveStream({ address: '/api/events', now: serverNowMs, onChanged: refresh })

export function useStream() {
  return useSyncExternalStore(stream.subscribe, stream.state)
}

export function useBoard() {
  const isCut = useStream().is === 'cut'
  return useQuery({
    // Some proxies hold a stream back but let single answers through.
    refetchInterval: isCut ? cutEveryMs : false,
    queryKey: ['live', 'board'],
    queryFn: async () => {
      const board = await fetchBoard()
      heardServerTime(board.at)
      return board
    },
  })
}

export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: fetchMe, staleTime: Number.POSITIVE_INFINITY })
}

/** Whether this person's token may change anything. Until that is known, the buttons stand where they will stand. */
export function useMayAct(): boolean {
  return useMe().data?.mayAct ?? true
}

export function useRelease(service: string, release: number) {
  return useQuery({
    queryKey: ['live', 'release', service, release],
    queryFn: () => fetchRelease(service, release),
  })
}

export function useReleases(service: string) {
  return useInfiniteQuery({
    queryKey: ['live', 'releases', service],
    queryFn: ({ pageParam }) => fetchReleases(service, { before: pageParam, limit: pageOfRows }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < pageOfRows ? null : (page.at(-1)?.release ?? null)),
  })
}

export function useAudit(service: string | null, release: number | null = null) {
  return useInfiniteQuery({
    queryKey: ['live', 'audit', service, release],
    queryFn: ({ pageParam }) => fetchAudit({ service, release, before: pageParam, limit: pageOfRows }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < pageOfRows ? null : (page.at(-1)?.position ?? null)),
  })
}

export function usePlan(service: string) {
  return useQuery({ queryKey: ['live', 'plan', service], queryFn: () => fetchPlan(service) })
}

export function useBacklog(service: string) {
  return useQuery({ queryKey: ['live', 'backlog', service], queryFn: () => fetchBacklog(service) })
}

export function useForecast(service: string, without: readonly number[]) {
  return useQuery({
    queryKey: ['live', 'forecast', service, without],
    queryFn: () => fetchForecast(service, without),
    placeholderData: (previous) => previous,
  })
}

/** What was seen of a release in a stage. Ticks come each second; a chart needs them less often. */
export function useSeen(service: string, stage: string, release: number) {
  return useQuery({
    queryKey: ['seen', service, stage, release],
    queryFn: () => fetchSeen(service, stage, release),
    refetchInterval: seenEveryMs,
  })
}

/** Read again and again, but only while somebody looks. */
export function useOutput(place: { service: string; stage: string; release: number }, isWanted: boolean) {
  return useQuery({
    enabled: isWanted,
    queryKey: ['output', place.service, place.stage, place.release],
    queryFn: () => fetchOutput(place.service, place.stage, place.release),
    refetchInterval: outputEveryMs,
  })
}

export function useSettings(service: string, stage: string | null) {
  return useQuery({
    enabled: stage !== null,
    queryKey: ['live', 'settings', service, stage],
    queryFn: () => fetchSettings(service, stage ?? ''),
  })
}

export function useRoutes(service: string, stage: string | null) {
  return useQuery({
    enabled: stage !== null,
    queryKey: ['live', 'routes', service, stage],
    queryFn: () => fetchRoutes(service, stage ?? ''),
  })
}

export type MeasuresAsked = {
  readonly by: readonly string[]
  readonly spanMs: number
  readonly limit: number
}

export function useMeasures(
  { service, stage }: { readonly service: string; readonly stage: string },
  { by, spanMs, limit }: MeasuresAsked,
) {
  return useQuery({
    queryKey: ['measures', service, stage, by, spanMs, limit],
    queryFn: () => fetchMeasures(service, stage, { by, from: Math.floor(serverNowMs() - spanMs), limit }),
    refetchInterval: seenEveryMs,
    placeholderData: (previous) => previous,
  })
}

/** What one request would get; asked anew as rules change. */
export function useExplanation(place: { service: string; stage: string }, asked: AskedRequest | null) {
  return useQuery({
    enabled: asked !== null,
    queryKey: ['live', 'explain', place.service, place.stage, asked],
    queryFn: () => explainRoute(place.service, place.stage, asked ?? {}),
    placeholderData: (previous) => previous,
  })
}

export function useLookups(service: string) {
  return useQuery({ queryKey: ['live', 'lookups', service], queryFn: () => fetchLookups(service) })
}

export function useLookupRow(service: string, table: string, key: string | null) {
  return useQuery({
    enabled: key !== null,
    queryKey: ['live', 'lookup-row', service, table, key],
    queryFn: () => fetchLookupRow(service, table, key ?? ''),
  })
}

/** Whatever is changed and is no act; what is shown is asked for again afterwards. */
export function useChange<Answer>() {
  return useMutation({
    mutationFn: (change: () => Promise<Answer>) => change(),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['live'] }),
  })
}

/** What would happen, in the server's words. Asked anew whenever the body changes. */
export function useDryRun(wish: ActWish, isAsked = true) {
  return useQuery({
    enabled: isAsked,
    queryKey: ['dry-run', wish.service, wish.act, wish.isEverywhere, wish.body],
    queryFn: () => tryAct({ ...wish, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
    placeholderData: (previous) => previous,
  })
}

export function useAct() {
  return useMutation({
    mutationFn: (wish: ActWish) => tryAct({ ...wish, dryRun: false }),
    // Not waited for: that the act is done is said at once, even where the next board is slow to come.
    onSettled: () => void queries.invalidateQueries({ queryKey: ['live'] }),
  })
}

export function useSignIn() {
  return useMutation({ mutationFn: signIn, onSuccess: () => queries.resetQueries() })
}

export function useSignInNeeded(): boolean {
  const me = useMe()
  const board = useBoard()
  return isSignInNeeded(me.error) || isSignInNeeded(board.error)
}
