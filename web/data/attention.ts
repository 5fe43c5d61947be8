// What deserves a look, and how much. The board is drawn from this: what is `quiet` stays grey, and the headline counts
// only the rest.
import type { Board, ServiceView, StageView } from '../../src/api/board.ts'
import { type Tone, plural } from './wording.ts'

export type Headline = { readonly tone: Tone; readonly word: string }
export type Remark = Headline & {
  readonly service: string
  readonly stage: string | null
}

/** The one word that stands beside a stage's name. The most urgent wins. */
export function headlineOfStage(stage: StageView): Headline {
  if (stage.rollout?.direction === 'back') return { tone: 'wrong', word: 'Going back' }
  if (stage.suspects.length > 0) return { tone: 'wrong', word: 'Suspects' }
  if (stage.live !== null && !stage.routerSeen)
    return { tone: 'wrong', word: stage.unseen === null ? 'Router not seen' : 'Nothing seen' }
  if (stage.bake?.asked || stage.rollout?.asksConfirm) return { tone: 'held', word: 'Asks' }
  if (stage.bake?.hold || stage.rollout?.phase === 'held') return { tone: 'held', word: 'On hold' }
  if (stage.rollout?.paused) return { tone: 'held', word: 'Paused' }
  if (stage.locks.length > 0) return { tone: 'held', word: 'Locked' }
  if (stage.pin !== null) return { tone: 'held', word: 'Pinned' }
  if (stage.lane === 'emergency' && stage.live !== null) return { tone: 'held', word: 'Unverified' }
  if (stage.approve !== null && stage.approve.release !== null && stage.rollout === null)
    return { tone: 'held', word: stage.approve.byHand ? 'By hand' : 'Asks for a yes' }
  if (stage.rollout !== null) return { tone: 'moving', word: 'Rolling out' }
  if (stage.bake !== null && stage.bake.changes.length > 0) return { tone: 'moving', word: 'Baking' }
  if (stage.watch !== null) return { tone: 'quiet', word: 'Watching' }
  return stage.live === null ? { tone: 'quiet', word: 'Empty' } : { tone: 'quiet', word: 'Steady' }
}

/** Everything of a service that is not calm, most urgent first. */
export function remarksOf(service: ServiceView): readonly Remark[] {
  const remarks: Remark[] = []
  const remark = (headline: Headline, stage: string | null) =>
    remarks.push({ ...headline, service: service.service, stage })
  if (service.sourceTrouble !== null) remark({ tone: 'wrong', word: 'Source trouble' }, null)
  if (service.rewritten !== null) remark({ tone: 'held', word: 'History rewritten' }, null)
  const newest = service.releases[0]
  if (newest?.build.state === 'failed') remark({ tone: 'wrong', word: 'Build failed' }, null)
  if (newest?.build.state === 'running') remark({ tone: 'moving', word: 'Building' }, null)
  for (const stage of service.stages) {
    const headline = headlineOfStage(stage)
    if (headline.tone !== 'quiet') remark(headline, stage.stage)
  }
  return remarks.toSorted((a, b) => urgency(b.tone) - urgency(a.tone))
}

/** The board in one sentence. */
export function summarize(board: Board): { readonly text: string; readonly remarks: readonly Remark[] } {
  const remarks = board.services.flatMap(remarksOf).toSorted((a, b) => urgency(b.tone) - urgency(a.tone))
  const wrong = remarks.filter((remark) => remark.tone === 'wrong').length
  const held = remarks.filter((remark) => remark.tone === 'held').length
  const moving = remarks.filter((remark) => remark.tone === 'moving').length
  const parts: string[] = []
  if (wrong > 0) parts.push(plural(wrong, 'thing wrong', 'things wrong'))
  if (held > 0) parts.push(`${held} waiting for a person`)
  if (moving > 0) parts.push(`${moving} moving`)
  if (parts.length === 0) return { text: 'All calm', remarks }
  return { text: wrong + held === 0 ? `All well, ${parts.join(', ')}` : parts.join(', '), remarks }
}

function urgency(tone: Tone): number {
  return { quiet: 0, moving: 1, held: 2, wrong: 3 }[tone]
}
