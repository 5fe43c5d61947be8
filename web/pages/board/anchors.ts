/** Where on the page a service or one of its stages is; names of both are plain words with dashes. */
export function anchorOf(service: string, stage: string | null): string {
  return stage === null ? `service-${service}` : `stage-${service}-${stage}`
}
