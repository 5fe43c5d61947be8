import { PortFailure } from '../../../ports/port-failure.ts'

const DISK_FULL = ['ENOSPC', 'EDQUOT']
const NOT_ALLOWED = ['EACCES', 'EPERM', 'EROFS']

/** Says in our words what the file system said about `path`. Measures are no evidence: nothing waits for them. */
export function asMeasureFailure(error: unknown, path: string): PortFailure {
  if (error instanceof PortFailure) return error
  const said = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (DISK_FULL.includes(code)) {
    return new PortFailure(`The disk under ${path} is full: routers keep what they measured; make room`, {
      code: 'measure-store/full',
      again: 'retry',
      cause: error,
    })
  }
  if (NOT_ALLOWED.includes(code)) {
    return new PortFailure(`${path} cannot be read and written (${said}): give this user the right to`, {
      code: 'measure-store/not-allowed',
      again: 'never',
      cause: error,
    })
  }
  return new PortFailure(`${path}: ${said}`, { code: 'measure-store/failed', again: 'retry', cause: error })
}
