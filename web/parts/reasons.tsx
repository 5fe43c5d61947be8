import type { Reason } from '../../src/api/board.ts'
import { sentenceOf } from '../data/wording.ts'
import { Moment } from './moment.tsx'

/** Why something waits, in the server's words, and when it will move where that is known. */
export function Reasons({ why }: { readonly why: readonly Reason[] }) {
  return (
    <>
      {why.map((reason, index) => (
        <span key={`${reason.code} ${index}`}>
          {index > 0 ? ' ' : ''}
          {sentenceOf(reason.text)}
          {reason.until === null ? null : (
            <span className="text-ink-2">
              {' Until '}
              <Moment at={reason.until} as="both" reachable={false} />.
            </span>
          )}
        </span>
      ))}
    </>
  )
}
