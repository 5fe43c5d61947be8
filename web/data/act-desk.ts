// Where buttons and shortcuts hand in what a person wants to do. The dialogs that ask listen here, so a stage's card
// knows nothing of them.
import type { ActName } from '../../src/api/acts.ts'
import type { Answers } from './forms/form.ts'

export type Wish = {
  readonly act: ActName
  readonly service: string
  readonly stage: string | null
  /** The release it is about, where there is one. */
  readonly release: number | null
  /** What stands in the fields of the form at first, by their names. */
  readonly preset?: Answers
  /** A lock with everything said first, instead of the one tap. */
  readonly isDetailed?: boolean
}

let listener: ((wish: Wish) => void) | null = null

export function wishFor(wish: Wish): void {
  listener?.(wish)
}

export function attend(listen: (wish: Wish) => void): () => void {
  listener = listen
  return () => {
    if (listener === listen) listener = null
  }
}
