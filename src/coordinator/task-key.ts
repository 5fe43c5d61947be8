/** One word for one attempt at a release command, whoever asks. */
export function taskKey(run: {
  readonly service: string
  readonly stage: string
  readonly rollout: number
  readonly attempt: number
}): string {
  return `${run.service}/${run.stage}/rollout-${run.rollout}/release-${run.attempt}`
}
