// Where a stage is measured, where that is not by what the router counts: a source outside, and what to ask it.

export type AnalysisDefinition = {
  readonly source: SourceDefinition
  /** How often it has something new; it is asked so often. */
  readonly everyMs: number
  /** Label, or tag, whose value names the release: its number, or how its commit begins. */
  readonly version: string
  /** What is counted there instead of by the router. Absent: the router counts, and the source is asked for alarms only. */
  readonly counts?: CountedThere
}

export type SourceDefinition =
  | {
      readonly kind: 'prometheus'
      readonly url: string
      /** Name of the secret that holds the bearer token. Absent: it asks for none. */
      readonly token?: string
    }
  | {
      readonly kind: 'datadog'
      /** Where its API answers. */
      readonly url: string
      /** Names of the secrets that hold the keys. */
      readonly apiKey: string
      readonly applicationKey: string
    }

/** Each names series, of every release together. */
export type CountedThere = {
  readonly requests: string
  readonly errors: string
  /** Buckets of a histogram. Absent: latency is not judged. */
  readonly latency?: string
}

/** Names of the secrets that are read to ask it, and by nobody else. */
export function secretsOfSource(source: SourceDefinition): readonly string[] {
  if (source.kind === 'datadog') return [source.apiKey, source.applicationKey]
  return source.token === undefined ? [] : [source.token]
}

/** What the source is called for people. */
export function sourceInWords(source: SourceDefinition): string {
  return `${source.kind === 'prometheus' ? 'Prometheus' : 'Datadog'} at ${source.url}`
}
