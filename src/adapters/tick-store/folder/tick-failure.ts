import { PortFailure } from '../../../ports/port-failure.ts'

const DISK_FULL = ['ENOSPC', 'EDQUOT']
const NOT_ALLOWED = ['EACCES', 'EPERM', 'EROFS']

/** Says in our words what the file system said about `path`. */
export function asTickFailure(error: unknown, path: string): PortFailure {
  if (error instanceof PortFailure) return error
  const said = error instanceof Error ? error.message : String(error)
  const code = errorCode(error)
  if (DISK_FULL.includes(code)) {
    return tickFailure(
      'full',
      `The disk under ${path} is full: ticks wait in memory; make room`,
      'retry',
      error,
    )
  }
  if (NOT_ALLOWED.includes(code)) {
    return tickFailure(
      'read-only',
      `${path} cannot be written (${said}): give this user the right to`,
      'never',
      error,
    )
  }
  if (code === 'EIO') {
    const message = `The disk failed under ${path} (${said}); look at it (dmesg), then start the server again`
    return tickFailure('disk-error', message, 'never', error)
  }
  return tickFailure('failed', `${path}: ${said}`, 'retry', error)
}

export function tickFailure(
  what: string,
  message: string,
  again: 'retry' | 'never',
  cause?: unknown,
): PortFailure {
  return new PortFailure(message, { code: `tick-store/${what}`, again, cause })
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT'
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
