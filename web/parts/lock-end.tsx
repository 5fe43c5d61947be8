import type { Lock } from '../../src/api/board.ts'
import { Moment } from './moment.tsx'

/** When a lock opens by itself, as `why` says it: that is the expiry, or the next working hour after it. */
export function LockEnd({ lock, reachable = true }: { readonly lock: Lock; readonly reachable?: boolean }) {
  if (lock.opensAt === null) return 'until somebody opens it or its incident is closed'
  return (
    <>
      until <Moment at={lock.opensAt} as="both" reachable={reachable} />
      {lock.opensAt > lock.expiresAt ? (
        <>
          {' '}
          (expires <Moment at={lock.expiresAt} as="moment" reachable={reachable} />)
        </>
      ) : null}
    </>
  )
}
