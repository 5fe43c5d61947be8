// Where events are kept. An append that returned is on disk and survives kill -9 and a power cut.

/** What the log stores: the event is opaque JSON to it. */
export type StoredEvent = {
  /** Position in the whole log, growing; gaps are allowed. */
  readonly position: number
  readonly stream: string
  /** 1 for the first event of a stream, growing by one. */
  readonly version: number
  readonly type: string
  readonly data: unknown
}

export type NewEvent = { readonly type: string; readonly data: unknown }

/** A fold of the first `version` events of a stream, so that recovery does not grow with history. */
export type Snapshot = {
  readonly stream: string
  readonly version: number
  /** Snapshots of another shape are ignored and rebuilt from events. */
  readonly shape: number
  readonly state: unknown
}

export type AppendResult =
  | { readonly appended: true; readonly version: number; readonly position: number }
  /** Somebody else appended first: read again. Never an error. */
  | { readonly appended: false; readonly version: number }

/** What another stream has to be at for an append: what was decided on may not have changed meanwhile. */
export type StreamAt = { readonly stream: string; readonly version: number }

export interface EventLog {
  /**
   * Appends all events or none, if the stream's version is `expectedVersion` (0 = new stream), and `where` still holds
   * of another stream: else it is not appended, and the version that is told may be the expected one. Resolves only after
   * the events are synced to disk. Calls may overlap; those of one turn may share one sync. Throws PortFailure
   * (`event-log/full`, `event-log/read-only`, …) when nothing was written. After `event-log/disk-error` it is not known
   * what was: read again after a restart.
   */
  append(
    stream: string,
    expectedVersion: number,
    events: readonly NewEvent[],
    where?: StreamAt,
  ): Promise<AppendResult>
  /** Events of one stream with version > `afterVersion`, in order. */
  readStream(stream: string, afterVersion: number): Promise<readonly StoredEvent[]>
  /** Events of all streams with position > `afterPosition`, in order, at most `limit`. */
  readAll(afterPosition: number, limit: number): Promise<readonly StoredEvent[]>
  /** Events of all streams with position < `position`, newest first, at most `limit`. */
  readBefore(position: number, limit: number): Promise<readonly StoredEvent[]>
  /** Names and versions of all streams. */
  streams(): Promise<readonly { readonly stream: string; readonly version: number }[]>
  /**
   * Keeps the newest snapshot of a stream; may be lost (it is only a shortcut). One that is ahead of the events on
   * disk is refused (`event-log/snapshot-ahead`): it would outlive what it was folded from.
   */
  saveSnapshot(snapshot: Snapshot): Promise<void>
  /** All newest snapshots, in one read. */
  snapshots(): Promise<readonly Snapshot[]>
  /** A reader's own place in the log (notices, views); durable. 0 when never set. */
  cursor(reader: string): Promise<number>
  saveCursor(reader: string, position: number): Promise<void>
  /** Called after each append of this process, with the last position; only a hint to wake up. Returns "stop". */
  onAppend(listener: (position: number) => void): () => void
  close(): Promise<void>
}
