import type { ReactNode } from 'react'
import type { Tone } from '../data/wording.ts'
import { Icon, type IconName } from './icon.tsx'

export const toneText: Readonly<Record<Tone, string>> = {
  quiet: 'text-ink-2',
  moving: 'text-moving',
  held: 'text-held',
  wrong: 'text-wrong',
}

const toneBox: Readonly<Record<Tone, string>> = {
  quiet: 'border-line bg-sunken',
  moving: 'border-transparent bg-moving-tint',
  held: 'border-held-line bg-held-tint',
  wrong: 'border-wrong-line bg-wrong-tint',
}

/** Something to know about, in a box of its own: what it is in a word, then the sentence. */
export function Notice(notice: {
  readonly tone: Tone
  readonly icon: IconName
  readonly word: string
  readonly children?: ReactNode
  /** Stands to the right of the sentence. */
  readonly aside?: ReactNode | undefined
  readonly actions?: ReactNode | undefined
}) {
  return (
    <div className={`rounded-lg border px-3 py-2.5 text-sm ${toneBox[notice.tone]}`}>
      <div className="flex gap-2">
        <Icon name={notice.icon} className={`mt-0.5 ${toneText[notice.tone]}`} />
        <div className="min-w-0 flex-1">
          <strong className={`font-semibold ${toneText[notice.tone]}`}>{notice.word}</strong>{' '}
          <span className="text-ink">{notice.children}</span>
        </div>
        {notice.aside === undefined ? null : <div className="-my-1 shrink-0">{notice.aside}</div>}
      </div>
      {notice.actions === undefined ? null : (
        <div className="mt-2.5 flex flex-wrap gap-2">{notice.actions}</div>
      )}
    </div>
  )
}
