import { useBoard } from './queries.ts'

/** The stages of a service, and the one a page speaks of: the one that was asked for, else the last. */
export function useStageChoice(
  service: string,
  asked: string | undefined,
): { readonly stages: readonly string[]; readonly stage: string | null; readonly isKnown: boolean } {
  const board = useBoard().data
  const found = board?.services.find((each) => each.service === service)
  const stages = found?.stages.map((each) => each.stage) ?? []
  const stage = stages.find((each) => each === asked) ?? stages.at(-1) ?? null
  return { stages, stage, isKnown: board === undefined || found !== undefined }
}
