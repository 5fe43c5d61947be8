// What a stage does now and what holds it, in words. The one place that turns a stage's view into sentences.
import type { Reason, StageView } from '../api/board.ts'
import { plain, sayDuration, sayTime, sayWhen } from './words.ts'
import { releaseName } from '../api/release-name.ts'

export type Mood = 'calm' | 'moving' | 'bad'
export type Now = { readonly text: string; readonly mood: Mood }

const PHASES = {
  starting: 'starting instances',
  shifting: 'moving traffic',
  checking: 'checking',
  soaking: 'soaking',
  held: 'held',
  finishing: 'finishing',
} as const

export function nowOf(stage: StageView): Now {
  const { rollout, bake, watch, live } = stage
  if (rollout !== null) {
    const step = rollout.steps[rollout.step - 1]
    const where =
      step === undefined ? '' : `, step ${rollout.step} of ${rollout.steps.length} (${plain(step.label)})`
    const soak =
      rollout.phase === 'soaking' && step !== undefined
        ? ` ${sayDuration(rollout.soakedMs)} of ${sayDuration(step.soakMs)}`
        : ''
    const what =
      rollout.direction === 'back'
        ? `going back to ${releaseName(rollout.release)}`
        : rollout.lane === 'probe'
          ? `probing ${releaseName(rollout.release)}`
          : `rolling out ${releaseName(rollout.release)}`
    return {
      text: `${what}${where}: ${PHASES[rollout.phase]}${soak}`,
      mood: rollout.phase === 'held' ? 'bad' : 'moving',
    }
  }
  if (bake !== null) {
    if (bake.asked !== null) return { text: `asks: ${plain(bake.asked.text)}`, mood: 'bad' }
    if (bake.hold !== null) return { text: `bake held: ${plain(bake.hold.text)}`, mood: 'bad' }
    const oldest = bake.changes[0]
    if (oldest !== undefined)
      return {
        text: `baking ${releaseName(oldest.release)}: ${sayDuration(oldest.watchedMs)} of ${sayDuration(bake.forMs)}, ${oldest.requests} of ${bake.requests} requests`,
        mood: 'moving',
      }
  }
  if (live === null) return { text: 'empty', mood: 'calm' }
  if (!stage.routerSeen) return { text: plain(stage.unseen ?? 'the router does not answer'), mood: 'bad' }
  if (watch !== null)
    return {
      text: `watching ${releaseName(watch.release)}: ${sayDuration(watch.watchedMs)} of ${sayDuration(watch.forMs)}`,
      mood: 'calm',
    }
  return { text: 'calm', mood: 'calm' }
}

/** What stands in the way of a stage, and what waits for it, the loudest first. */
export function notesOf(stage: StageView, now: number): readonly Now[] {
  const notes: Now[] = []
  for (const lock of stage.locks) {
    const suspect = lock.suspect === null ? '' : `, suspected: ${releaseName(lock.suspect)}`
    const incident = lock.incident === null ? '' : `, incident ${plain(lock.incident)}`
    notes.push({
      text: `locked${lock.everywhere ? ' as in every service' : ''} by ${plain(lock.owner)} ${untilOpen(lock, now)}: ${plain(lock.reason)}${suspect}${incident}`,
      mood: 'bad',
    })
  }
  if (stage.wayRound !== null) {
    const { lane, release, why } = stage.wayRound
    const waits = why.map((one) => sayReason(one, now)).join('; ')
    notes.push({ text: `${lane} ${releaseName(release)}: ${waits || 'goes in now'}`, mood: 'moving' })
  }
  if (stage.lane === 'emergency' && stage.live !== null)
    notes.push({ text: `${stage.live.name} came as an emergency: unverified`, mood: 'bad' })
  if (stage.beside !== null)
    notes.push({
      text: `${releaseName(stage.beside.release)} is checked beside it, on its way to ${stage.beside.target}`,
      mood: 'moving',
    })
  if (stage.retired !== null) {
    const { by, reason, instances } = stage.retired
    const who = by.kind === 'person' ? by.name : by.rule
    const next =
      instances === 0 ? 'empty: take it out of the configuration' : `${instances} instances are stopping`
    notes.push({ text: `retired by ${plain(who)} (${plain(reason)}); ${next}`, mood: 'bad' })
  }
  if (stage.pin !== null) {
    const { by, release, reason } = stage.pin
    const who = by.kind === 'person' ? by.name : by.rule
    notes.push({
      text: `pinned${release === null ? '' : ` on ${releaseName(release)}`} by ${plain(who)}: ${plain(reason)}`,
      mood: 'bad',
    })
  }
  const search = stage.search?.why ?? []
  for (const reason of stage.rollout?.lane === 'probe' ? [] : search)
    notes.push({ text: sayReason(reason, now), mood: 'moving' })
  if (stage.suspects.length > 0)
    notes.push({
      text: `suspects: ${stage.suspects.map((release) => releaseName(release)).join(', ')}${stage.search === null ? '; reject one, or deploy a fix of all' : ', and one of them is looked for'}`,
      mood: 'bad',
    })
  if (stage.window !== null && !stage.window.open) {
    const opens = stage.window.changesAt === null ? '' : `, opens ${sayWhen(stage.window.changesAt, now)}`
    notes.push({ text: `window closed${opens}`, mood: 'calm' })
  }
  const { budget } = stage
  const isOnTrial = stage.rollout !== null || stage.bake !== null || stage.watch !== null
  if (budget !== null && (isOnTrial || budget.stops > 0))
    notes.push({ text: `false stops: ${plain(budget.text)}`, mood: 'calm' })
  for (const reason of stage.rollout?.why ?? []) notes.push({ text: sayReason(reason, now), mood: 'bad' })
  for (const waiting of stage.waiting)
    notes.push({
      text: `${releaseName(waiting.release)} waits: ${waiting.why.map((one) => sayReason(one, now)).join('; ') || 'its turn'}`,
      mood: 'calm',
    })
  return notes
}

/** The expiry is what its owner set; when it opens also depends on warnings and working hours. */
function untilOpen({ expiresAt, opensAt }: StageView['locks'][number], now: number): string {
  if (opensAt === null) return 'until somebody opens it'
  const expiry = opensAt > expiresAt ? ` (expires ${sayTime(expiresAt, now)})` : ''
  return `until ${sayTime(opensAt, now)}${expiry}`
}

export function sayReason(reason: Reason, now: number): string {
  return `${plain(reason.text)}${reason.until === null ? '' : `, ${sayWhen(reason.until, now)}`}`
}
