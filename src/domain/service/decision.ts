import type { ServiceEvent } from './event.ts'

/** The rules say no: a stable code and a sentence for people. A refusal adds nothing to the log. */
export type Refusal = { readonly code: string; readonly text: string }
export type Refused = { readonly refusal: Refusal }
export type Decision = { readonly events: readonly ServiceEvent[] } | Refused

export function accept(...events: readonly ServiceEvent[]): Decision {
  return { events }
}

export function refuse(code: string, text: string): Refused {
  return { refusal: { code, text } }
}

/** A report about something that is over, or was already said: nothing to add, and nobody to blame. */
export const nothing: Decision = { events: [] }
