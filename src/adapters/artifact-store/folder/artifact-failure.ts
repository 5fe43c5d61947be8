import { PortFailure } from '../../../ports/port-failure.ts'

export function corruptArtifact(digest: string, file: string, why: string): PortFailure {
  return new PortFailure(
    `Artifact ${digest} is damaged: ${file} ${why}. Build the release again (sluice retry); the damaged file was set aside.`,
    { code: 'artifact/corrupt', again: 'never' },
  )
}

export function artifactFailure(error: unknown, what: string): PortFailure {
  if (error instanceof PortFailure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PortFailure(`${what}: no disk space is left. Free some; it is tried again.`, {
      code: 'artifact/no-disk',
      again: 'retry',
      cause: error,
    })
  }
  return new PortFailure(`${what}: ${message}`, {
    code: 'artifact/disk-failed',
    again: 'retry',
    cause: error,
  })
}
