// Every event in one plain sentence: for the audit log, the release page and notices.
import type { HardCodedAddress } from '../pipeline/stage-addresses.ts'
import type { Change } from '../change/change.ts'
import type { ReleaseNumber } from '../names.ts'
import { ruleText } from '../traffic/route-rule.ts'
import type { ServiceEvent } from './event.ts'
import { revertText } from './found-revert.ts'
import type { SettingChange } from './settings.ts'
import type { ServiceState } from './state.ts'
import { memoryText } from './warm-memory.ts'
import { releaseName } from '../release-number.ts'

export function describe(event: ServiceEvent): string {
  switch (event.type) {
    case 'service-configured':
      return `configuration applied: ${event.definition.stages.map((stage) => stage.stage).join(' → ')}`
    case 'change-merged':
      return `${releaseName(event.release)} merged: ${event.change.subject} (${event.change.author.name})${othersText(event.change)}`
    case 'release-made':
      if (event.origin.kind === 'settings')
        return `${releaseName(event.release)} made: ${releaseName(event.origin.of)} with ${event.change.subject}`
      return event.origin.kind === 'cherry-pick'
        ? `${releaseName(event.release)} made: ${event.change.subject}, taken onto ${releaseName(event.origin.onto)}: ${event.reason}`
        : `${releaseName(event.release)} made off the line from ${event.origin.label}: ${event.reason}`
    case 'change-taken-in':
      return `the branch took ${releaseName(event.release)} back: ${releaseName(event.takenInBy)} contains it, ${event.how === 'ancestry' ? 'as an ancestor' : 'doing the same to the files'}`
    case 'line-compared':
      return `the branch up to ${releaseName(event.upTo)} was compared with ${releaseName(event.release)}, which was rejected`
    case 'history-rewritten':
      return `the branch was rewritten: ${names(event.lost) || 'nothing known'} no longer on it, ${event.fresh.length} new; all gates hold until somebody accepts the history`
    case 'history-accepted':
      return `the rewritten history was accepted: ${event.reason}`
    case 'artifact-added':
      return `${event.release === null ? `an artifact of ${event.sha.slice(0, 10)}, which is not merged yet,` : `the artifact of ${releaseName(event.release)}`} was added: ${event.artifact.slice(0, 19)}${event.provenance === null ? '' : `; ${firstLine(event.provenance)}`}`
    case 'artifact-forgotten':
      return `the artifact of ${event.sha.slice(0, 10)} is no longer kept: the commit was not merged in time`
    case 'build-started':
      return `build of ${releaseName(event.release)} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`
    case 'build-succeeded':
      return `${releaseName(event.release)} built${hardCodedText(event.hardCoded)}`
    case 'build-failed':
      return `build of ${releaseName(event.release)} failed: ${event.message}`
    case 'build-retried':
      return `build of ${releaseName(event.release)} is tried again`
    case 'change-rejected':
      return `${releaseName(event.release)} rejected: ${event.reason}`
    case 'change-unrejected':
      return `rejection of ${releaseName(event.release)} taken back: ${event.reason}`
    case 'containment-accepted':
      return `${releaseName(event.release)} is taken to contain ${releaseName(event.contains)}: ${event.reason}`
    case 'rollout-started':
      return event.direction === 'back'
        ? `${event.stage} goes back to ${releaseName(event.release)}: ${event.reason}`
        : event.lane === 'probe'
          ? `${releaseName(event.release)} is probed in ${event.stage}${event.from === null ? '' : ` beside ${releaseName(event.from)}`}: ${event.reason}`
          : `${releaseName(event.release)} enters ${event.stage}${event.from === null ? '' : ` over ${releaseName(event.from)}`}`
    case 'fleet-changed':
      return `${event.stage} has ${event.count} ${event.count === 1 ? 'instance' : 'instances'} of ${releaseName(event.release)}`
    case 'check-passed':
      return `check ${event.check} of ${releaseName(event.release)} passed in ${event.stage}`
    case 'check-failed':
      return `check ${event.check} of ${releaseName(event.release)} failed in ${event.stage}: ${event.message}`
    case 'release-command-started':
      return `the release command of ${releaseName(event.release)} runs in ${event.stage}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}: ${event.command}`
    case 'release-command-passed':
      return `the release command of ${releaseName(event.release)} ended well in ${event.stage}${event.message === '' ? '' : `: ${event.message}`}`
    case 'release-command-failed':
      return `the release command of ${releaseName(event.release)} failed in ${event.stage}: ${event.message}`
    case 'release-command-lost':
      return `the release command of ${releaseName(event.release)} was running in ${event.stage}, and nobody knows whether it ended: ${event.message}`
    case 'release-command-retried':
      return `the release command of ${releaseName(event.release)} runs once more in ${event.stage}`
    case 'release-command-stopped':
      return `the release command of ${releaseName(event.release)} was ended in ${event.stage}, where its rollout is over: ${event.message}`
    case 'step-started':
      return `${releaseName(event.release)} takes step ${event.step + 1} in ${event.stage}`
    case 'track-set':
      return `track ${event.track} of ${event.stage} leads to ${releaseName(event.release)}${event.percent < 100 ? `, ${event.percent}% of it` : ''}: ${event.reason}`
    case 'track-followed':
      return event.follows === null
        ? `track ${event.track} of ${event.stage} is moved by people from now on`
        : `track ${event.track} of ${event.stage} follows what passes ${event.follows}`
    case 'track-troubled':
      return `${releaseName(event.release)} does not get well in ${event.stage}, so the track ${event.track} stays where it is: ${event.message}`
    case 'track-removed':
      return `track ${event.track} of ${event.stage} removed: ${event.reason}`
    case 'route-added':
      return `rule ${event.rule.id} of ${event.stage}: ${ruleText(event.rule)} (${event.rule.reason})`
    case 'route-edited':
      return `rule ${event.rule.id} of ${event.stage} is now: ${ruleText(event.rule)} (${event.rule.reason})`
    case 'route-removed':
      return `rule ${event.rule} of ${event.stage} ${event.how}: ${event.reason}`
    case 'release-cooled':
      return `nobody needed ${releaseName(event.release)} in ${event.stage} any more`
    case 'deploy-awaited':
      return `${releaseName(event.release)} goes to the track ${event.track} of ${event.stage} once it is built: ${event.reason}`
    case 'deploy-ended':
      return `${releaseName(event.release)} was deployed to ${event.stage}: ${event.message}`
    case 'traffic-shifted':
      return `traffic of ${event.stage}: ${
        event.arms
          .filter((arm) => arm.weightPercent > 0)
          .map((arm) => `${releaseName(arm.release)} ${arm.weightPercent} %`)
          .join(', ') || 'nobody'
      }`
    case 'step-passed':
      return `${releaseName(event.release)} passed step ${event.step + 1} in ${event.stage}${event.unproven ? ', unproven: too few requests were seen' : ''}`
    case 'rollout-completed':
      return `${releaseName(event.release)} is live in ${event.stage}`
    case 'rollout-failed':
      return `rollout of ${releaseName(event.release)} in ${event.stage} ended: ${event.message}`
    case 'release-approved': {
      const inside = event.changes.filter((change) => change !== event.release)
      const also = inside.length === 0 ? '' : `, with ${names(inside)} in it`
      const settings = event.settings === undefined ? '' : `, with settings of version ${event.settings}`
      return `${releaseName(event.release)} ${event.byHand ? 'is let go into' : 'approved for'} ${event.stage}${also}${settings}`
    }
    case 'change-sent-back':
      return `${releaseName(event.release)} sent back from ${event.stage}: ${event.words}`
    case 'settings-approved':
      return `settings of ${event.stage} approved: version ${event.version} (${event.names.join(', ')})`
    case 'approval-asked':
      return `${event.settings === undefined ? `${releaseName(event.release)} waits` : 'settings wait'} for people before ${event.stage}${event.times > 1 ? ' still' : ''}: ${event.text}`
    case 'rollout-paused':
      return `rollout of ${releaseName(event.release)} in ${event.stage} paused: ${event.reason}`
    case 'rollout-resumed':
      return `rollout of ${releaseName(event.release)} in ${event.stage} goes on`
    case 'confirm-asked':
      return `step ${event.step + 1} of ${releaseName(event.release)} in ${event.stage} has soaked; a person must say that it may go on: sluice confirm ${event.stage}`
    case 'step-confirmed':
      return `step ${event.step + 1} of ${releaseName(event.release)} in ${event.stage} confirmed`
    case 'way-round-opened':
      return wayRoundText(event)
    case 'lock-passed':
      return `${releaseName(event.release)} passes the lock of ${event.stage} by ${event.owner} as ${laneWords(event.lane)}`
    case 'way-round-closed':
      return `${releaseName(event.release)} no longer goes round into ${event.stage}: ${event.message}`
    case 'beside-started':
      return `one instance of ${releaseName(event.release)} starts beside ${event.stage}, for its checks on the way to ${event.target}`
    case 'beside-check-passed':
      return `check ${event.check} of ${event.stage} passed for ${releaseName(event.release)}, beside it`
    case 'beside-ended':
      return event.passed
        ? `${releaseName(event.release)} passed the checks of ${event.stage}, beside it`
        : `${releaseName(event.release)} is no longer checked beside ${event.stage}: ${event.message}`
    case 'own-served':
      return `${releaseName(event.release)} served its own time in ${event.stage}`
    case 'changes-cleared':
      return `${names(event.changes)} cleared in ${event.stage}${event.how === 'proven' ? '' : ` (${event.how})`}`
    case 'verdict-against':
      return `verdict against ${releaseName(event.release)} in ${event.stage}: ${event.what}`
    case 'bake-asked':
      return `too little was seen of ${releaseName(event.release)} in ${event.stage}; a person must answer (accept or reject)`
    case 'bake-skipped':
      return `bake of ${releaseName(event.release)} in ${event.stage} skipped: ${event.reason}`
    case 'release-accepted':
      return `${releaseName(event.release)} accepted in ${event.stage}: ${event.reason}`
    case 'watch-survived':
      return `${releaseName(event.release)} survived its watch in ${event.stage}`
    case 'hold-started':
      return `${event.stage} holds: ${event.reason}`
    case 'hold-told':
      return `${event.stage} has been on hold for ten minutes: ${event.reason}`
    case 'hold-ended':
      return `${event.stage} no longer holds`
    case 'suspects-named':
      return `one of ${names(event.suspects)} broke ${event.stage}; its gate holds until a person names it, or a release reverts or fixes them`
    case 'culprit-search-started':
      return `which of ${names(event.suspects)} broke ${event.stage} is looked for, by probing releases between them`
    case 'probe-ended':
      return probeText(event)
    case 'culprit-search-ended':
      return searchEndText(event)
    case 'revert-prepared':
      return event.made
        ? revertText(event.release, { state: 'ready', ...event.made })
        : `${releaseName(event.release)} is not taken back by itself: ${event.message}`
    case 'stage-stuck':
      return event.reason
    case 'warm-cut':
      return `${releaseName(event.release)} is not kept warm in ${event.stage} any more: warm releases held ${memoryText(event.usedBytes)} of memory where ${memoryText(event.limitBytes)} are allowed; a rollback to it starts it anew`
    case 'warm-over-limit':
      return `warm releases hold ${memoryText(event.usedBytes)} of memory where ${memoryText(event.limitBytes)} are allowed; ${releaseName(event.release)} stays warm in ${event.stage}, because a rollback would go to it. Give the machine more memory, or allow more with limits.warmMemory`
    case 'stage-locked':
      return `${event.stage} locked by ${event.lock.owner}${event.lock.everywhere ? ', as in every service' : ''}: ${event.lock.reason}`
    case 'lock-edited':
      return `lock of ${event.stage} by ${event.lock.owner} changed: ${event.lock.reason}`
    case 'lock-warned':
      return `a lock of ${event.stage} expires in ${event.minutes} minutes`
    case 'stage-unlocked':
      return event.how === 'lifted' ? unlockedText(event) : `a lock of ${event.stage} expired`
    case 'lock-stood-alone':
      return event.release === null
        ? `${event.stage} is no longer kept by a lock alone`
        : `nothing but a lock keeps ${releaseName(event.release)} out of ${event.stage}`
    case 'lock-overstayed':
      return `for more than 12 h nothing but a lock has kept ${releaseName(event.release)} out of ${event.stage}; lift it if it is forgotten: sluice unlock ${event.stage}`
    case 'stage-pinned':
      return `${event.stage} pinned to what it runs: ${event.reason}`
    case 'stage-retired':
      return `${event.stage} is retired: ${event.reason}; ${event.stops.length === 0 ? 'nothing runs there' : `its instances of ${names(event.stops)} stop`}${event.live === null ? '' : ', and whoever comes there is told that nothing is served'}${event.rules === 0 ? '' : `; ${event.rules === 1 ? 'a rule goes' : `${event.rules} rules go`} with it`}`
    case 'stage-unpinned':
      return `${event.stage} unpinned: ${event.reason}`
    case 'settings-rejected':
      return `settings of ${event.stage} up to version ${event.version} are out until they are set again: ${event.reason}`
    case 'settings-changed':
      return `settings of ${event.stage} changed: ${changesText(event.changes)}${event.reason === '' ? '' : ` (${event.reason})`}`
    case 'entry-retried':
      return `${releaseName(event.release)} may enter ${event.stage} once more`
  }
}

function probeText({
  release,
  stage,
  found,
  left,
  message,
}: Extract<ServiceEvent, { type: 'probe-ended' }>): string {
  const so = left.length === 1 ? `so it was ${names(left)}` : `${names(left)} are left`
  switch (found) {
    case 'well':
      return `${releaseName(release)} does well in ${stage}, ${so}: ${message}`
    case 'broke':
      return `${releaseName(release)} breaks in ${stage}, too, ${so}: ${message}`
    case 'unclear':
    case 'interrupted':
      return `the probe of ${releaseName(release)} in ${stage} told nothing: ${message}`
  }
}

function searchEndText({
  stage,
  message,
  suspects,
  culprit,
}: Extract<ServiceEvent, { type: 'culprit-search-ended' }>): string {
  if (culprit) {
    const { release, subject, author } = culprit
    const name = releaseName(release)
    return `${name} broke ${stage}: ${subject} (${author}), ${message}`
  }
  const left = suspects.length > 1 ? `; it is one of ${names(suspects)}` : ''
  return `the search for what broke ${stage} is over: ${message}${left}`
}

function unlockedText({
  stage,
  goes = [],
  queue,
}: Extract<ServiceEvent, { type: 'stage-unlocked' }>): string {
  if (goes.length === 0) return `${stage} unlocked; nothing waits to go in`
  const how = queue === 'latest' ? ', with all it contains' : goes.length > 1 ? ', one at a time' : ''
  return `${stage} unlocked; now ${goes.length === 1 ? 'goes' : 'go'} ${names(goes)}${how}`
}

/** Provenance may be a document. */
function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

function laneWords(lane: 'hotfix' | 'emergency'): string {
  return lane === 'hotfix' ? 'a hotfix' : 'an emergency'
}

const ALONG = { rejected: 'rejected', unbaked: 'not baked', waiting: 'kept waiting by a gate' } as const

/** What all stages get should not name one of them. */
function hardCodedText(found: readonly HardCodedAddress[] = []): string {
  const [first] = found
  if (first === undefined) return ''
  const more = found.length === 1 ? '' : `, and ${found.length - 1} more in its build log`
  return `; ${first.file}:${first.line} holds ${first.host}, an address of ${first.stage}${more}`
}

/** Where services share a repository: what else lies between two releases. */
function othersText({ others }: Change): string {
  if (others === undefined) return ''
  return `, and ${others.count === 1 ? 'one commit' : `${others.count} commits`} that touch nothing of it`
}

/** What goes, how far round, and everything that goes along: people read it before they say yes. */
function wayRoundText({
  release,
  stage,
  lane,
  reason,
  along,
  settingsAlong = [],
  rejected,
  toCheck,
  notChecked = [],
  awaits,
}: Extract<ServiceEvent, { type: 'way-round-opened' }>): string {
  const also = [
    ...along.map(({ release: change, is }) => `${releaseName(change)} (${ALONG[is]})`),
    ...settingsAlong.map((name) => `${name} (set before)`),
  ]
  const parts = [
    `${releaseName(release)} goes into ${stage} as ${laneWords(lane)}${lane === 'emergency' ? ', unverified' : ''}: ${reason}`,
    also.length === 0 ? 'nothing else goes along' : `along go ${also.join(', ')}`,
  ]
  if (awaits)
    parts.push(
      `it goes in once your CI has built ${awaits.sha}${awaits.ref === null ? '' : `, kept in the repository as ${awaits.ref},`} and added it: sluice artifact add --sha ${awaits.sha} FOLDER`,
    )
  if (notChecked.length > 0)
    parts.push(
      `without the checks of ${notChecked.join(' and ')}, where nothing can stand beside what runs (rollout: replace)`,
    )
  if (toCheck.length > 0) parts.push(`checked beside ${toCheck.join(' and ')} first`)
  if (rejected.length > 0) parts.push(`although ${names(rejected)} is rejected`)
  return parts.join('; ')
}

function names(releases: readonly ReleaseNumber[]): string {
  return releases.map((release) => releaseName(release)).join(', ')
}

/** Never a value: what is plain may still be none of a channel's business. */
function changesText(changes: readonly SettingChange[]): string {
  return changes
    .map(({ name, setting }) =>
      setting === null ? `${name} taken away` : `${name} set${setting.kind === 'secret' ? ' (secret)' : ''}`,
    )
    .join(', ')
}

/** Events people outside are told of, under the name the notice has there; the others are only kept. */
const NOTICES: Partial<Record<ServiceEvent['type'], string>> = {
  'history-rewritten': 'history.rewritten',
  'build-failed': 'build.failed',
  'change-rejected': 'change.rejected',
  'change-sent-back': 'change.sent-back',
  'approval-asked': 'approval.asked',
  'confirm-asked': 'confirm.asked',
  'rollout-paused': 'rollout.paused',
  'way-round-opened': 'release.goes-round',
  'lock-passed': 'lock.passed',
  'way-round-closed': 'release.does-not-go-round',
  'rollout-failed': 'rollout.failed',
  'rollout-completed': 'release.live',
  'verdict-against': 'release.verdict-against',
  'bake-asked': 'bake.asked',
  'bake-skipped': 'bake.skipped',
  'hold-told': 'stage.on-hold',
  'suspects-named': 'stage.suspects',
  'culprit-search-ended': 'search.ended',
  'revert-prepared': 'revert.prepared',
  'stage-stuck': 'stage.stuck',
  'warm-cut': 'release.not-warm',
  'warm-over-limit': 'stage.memory-short',
  'stage-locked': 'stage.locked',
  'lock-warned': 'lock.expiring',
  'lock-overstayed': 'lock.forgotten',
  'stage-unlocked': 'stage.unlocked',
  'stage-pinned': 'stage.pinned',
  'stage-unpinned': 'stage.unpinned',
  'settings-changed': 'settings.changed',
  'settings-rejected': 'settings.rejected',
  'stage-retired': 'stage.retired',
}

export function noticeType(event: ServiceEvent): string | undefined {
  if (event.type === 'changes-cleared') return event.how === 'unproven' ? 'change.unproven' : undefined
  // What a probe told is told by the search.
  if (event.type === 'rollout-failed' && event.cause === 'search') return undefined
  return NOTICES[event.type]
}

/** Whom an event concerns first: the people of the release, or the owner of the lock. */
export function concerned(state: ServiceState, event: ServiceEvent): readonly string[] {
  if (event.type === 'stage-locked' || event.type === 'lock-edited') return [event.lock.owner]
  if (event.type === 'lock-passed') return [event.owner]
  if (event.type === 'approval-asked' && event.of.length > 0) return event.of
  if (event.type === 'lock-warned')
    return (
      state.stages[event.stage]?.locks.filter((lock) => lock.id === event.lock).map((lock) => lock.owner) ??
      []
    )
  const owners =
    event.type === 'lock-overstayed' ? (state.stages[event.stage]?.locks ?? []).map((lock) => lock.owner) : []
  const releases =
    event.type === 'lock-overstayed'
      ? []
      : event.type === 'suspects-named' || event.type === 'culprit-search-ended'
        ? event.suspects
        : event.type === 'changes-cleared'
          ? event.changes
          : 'release' in event && event.release !== null
            ? [event.release]
            : []
  const people = releases.flatMap((release) => {
    const change = state.releases[release]?.change
    return change ? [change.author, change.committer, ...change.coAuthors] : []
  })
  return [...new Set([...owners, ...people.map((person) => person.email)])]
}
