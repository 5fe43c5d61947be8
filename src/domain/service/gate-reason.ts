import type { EpochMs } from '../names.ts'

/** Why something waits: a stable code, a sentence for people, and when it ends if that is known. */
export type GateReason = { readonly code: string; readonly text: string; readonly until: EpochMs | null }
