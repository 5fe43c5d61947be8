import type { ActName } from '../../src/api/acts.ts'
import { type Wish, wishFor } from '../data/act-desk.ts'
import { useMayAct } from '../data/queries.ts'
import { actNamed } from '../data/stage-acts.ts'
import { Button, type ButtonLook } from './button.tsx'

/** Opens the dialog of an act. Nothing at all for whom may only look. */
export function ActButton(props: {
  readonly act: ActName
  readonly service: string
  readonly stage?: string | null
  readonly release?: number | null
  readonly preset?: NonNullable<Wish['preset']>
  readonly look?: ButtonLook
  /** Where the act's own word is not the best one here. */
  readonly word?: string
  /** What it is about, for who does not see where it stands. */
  readonly about?: string
}) {
  const mayAct = useMayAct()
  if (!mayAct) return null
  const { act, service, stage = null, release = null, look = 'plain' } = props
  const word = props.word ?? actNamed(act).label
  const wish = {
    act,
    service,
    stage,
    release,
    ...(props.preset === undefined ? {} : { preset: props.preset }),
  }
  return (
    <Button
      look={look}
      aria-label={props.about === undefined ? undefined : `${word} ${props.about}`}
      onClick={() => wishFor(wish)}
    >
      {word}…
    </Button>
  )
}
