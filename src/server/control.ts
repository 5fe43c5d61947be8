// What the HTTP server needs from the program. `src/main` builds the real one over coordinator, log and stores.
import type { ActBody, ActName, ActOutcome } from '../api/acts.ts'
import type { Replayed } from '../coordinator/replay.ts'
import type { EverywhereActName, EverywhereBody, EverywhereOutcome } from '../api/everywhere-acts.ts'
import type { Backlog } from '../api/backlog.ts'
import type { BackupRow } from '../api/backup.ts'
import type { ForecastView } from '../api/forecast.ts'
import type { RevertBody, RevertOutcome } from '../api/revert.ts'
import type { ArtifactsControl } from './artifacts-control.ts'
import type { MeasuresControl } from './measures-control.ts'
import type { TrafficControl } from './traffic-control.ts'
import type { SeenView } from '../api/seen.ts'
import type { SettingsView } from '../api/settings.ts'
import type { AuditRow, Board, Reason, ReleaseRow } from '../api/board.ts'

export interface Control {
  readonly traffic: TrafficControl
  readonly measures: MeasuresControl
  readonly artifacts: ArtifactsControl
  board(): Promise<Board>
  /** Tries the act as this person; a refusal is a value. `dryRun` says what would happen and changes nothing. */
  act<Name extends ActName>(request: {
    readonly act: Name
    readonly service: string
    readonly body: ActBody<Name>
    readonly person: string
    readonly dryRun: boolean
  }): Promise<ActOutcome>
  /** The same, on a stage of every service at once; resolves once all of them have it. */
  actEverywhere<Name extends EverywhereActName>(request: {
    readonly act: Name
    readonly stage: string
    readonly body: EverywhereBody<Name>
    readonly person: string
    readonly dryRun: boolean
  }): Promise<EverywhereOutcome>
  /** Newest first. */
  releases(service: string, before: number | null, limit: number): Promise<readonly ReleaseRow[]>
  why(
    service: string,
    release: number,
  ): Promise<readonly { readonly stage: string; readonly why: readonly Reason[] }[]>
  /** Judges every verdict on a release again, from what was recorded; oldest first. */
  replay(service: string, release: number): Promise<readonly Replayed[]>
  /** What would happen to the next merge, in order, one sentence each. */
  plan(
    service: string,
  ): Promise<readonly { readonly stage: string; readonly text: string; readonly at: number | null }[]>
  /** What would happen from here on, with some changes set aside; undefined for a service that is not configured. */
  forecast(service: string, without: readonly number[]): Promise<ForecastView | undefined>
  /** What piles up before each stage. */
  backlog(service: string): Promise<Backlog | undefined>
  /** Prepares a branch and a message that take a change back. */
  revert(
    request: RevertBody & { readonly service: string; readonly release: number; readonly person: string },
  ): Promise<RevertOutcome>
  /** Lines of the audit export after a position, and the position of the last. */
  auditLines(
    after: number,
    limit: number,
  ): Promise<{ readonly lines: readonly string[]; readonly last: number }>
  /** Makes a backup and reads it through. */
  backup(): Promise<BackupRow>
  backups(): Promise<readonly BackupRow[]>
  /** Variables and secrets of a stage; never a secret value. */
  settings(service: string, stage: string): Promise<SettingsView>
  /** `release` is a number of `service`; rows that speak of it, alone or among others. */
  audit(query: {
    readonly service: string | null
    readonly release: number | null
    readonly before: number | null
    readonly limit: number
  }): Promise<readonly AuditRow[]>
  /** Bytes of a build log or of an instance's output. */
  buildLog(
    service: string,
    release: number,
    offset: number,
    limit: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly total: number; readonly ended: boolean }>
  instanceOutput(
    service: string,
    stage: string,
    release: number,
    limit: number,
  ): Promise<readonly { readonly instance: string; readonly text: string }[]>
  /** What was seen of a release in a stage, and of those beside it. */
  seen(service: string, stage: string, release: number): Promise<SeenView>
  /** Makes a service known, or applies a changed configuration file. */
  addRepository(request: {
    readonly folder: string
    readonly person: string
  }): Promise<{ readonly services: readonly string[]; readonly problems: readonly string[] }>
  /** Somebody says the repository may have changed (post-receive hook). */
  poke(folder: string): void
  /** Called after each change, with the newest position, and about once a second while something is being watched. */
  onChange(listener: (position: number) => void): () => void
  /** False until recovery is done. */
  ready(): { readonly ready: boolean; readonly why: string }
  /** Prometheus text. */
  metrics(): Promise<string>
}
