import type { Standing } from '../../src/api/board.ts'
import { nameStanding, toneOfStanding } from '../data/wording.ts'
import { Icon, type IconName } from './icon.tsx'
import { toneText } from './tone.tsx'

const icons: Readonly<Record<Standing, IconName>> = {
  building: 'spin',
  'build-failed': 'close',
  waiting: 'ring',
  'rolling-out': 'forward',
  baking: 'half',
  live: 'dot',
  warm: 'ring',
  superseded: 'dash',
  'rolled-back': 'back',
  rejected: 'close',
}

export function StandingMark({ standing }: { readonly standing: Standing }) {
  const tone = toneOfStanding(standing)
  const colour = standing === 'live' ? 'text-ink' : toneText[tone]
  return (
    <span className={`inline-flex items-baseline gap-1 whitespace-nowrap ${colour}`}>
      <Icon
        name={icons[standing]}
        className={`size-3.5 translate-y-[2px] ${standing === 'building' ? 'turns' : ''}`}
      />
      {nameStanding(standing)}
    </span>
  )
}
