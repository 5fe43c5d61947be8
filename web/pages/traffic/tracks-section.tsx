import type { RoutesView, TrackRow } from '../../../src/api/traffic.ts'
import { describePercent } from '../../data/figures.ts'
import { plural, sentenceOf, withStop } from '../../data/wording.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Moment } from '../../parts/moment.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { Row, Section } from '../../parts/section.tsx'

// The pipeline moves this one; everything else is moved by people.
const STABLE = 'stable'

export function TracksSection({ view }: { readonly view: RoutesView }) {
  const place = { service: view.service, stage: view.stage }
  return (
    <Section
      title="Tracks"
      about="Names that lead to a release. The pipeline moves stable; people move the others, at once."
      acts={
        <>
          <ActButton act="set-track" {...place} />
          <ActButton act="follow-track" {...place} />
          <ActButton act="deploy" {...place} />
        </>
      }
    >
      <ul>
        {view.tracks.map((track) => (
          <Track key={track.track} track={track} place={place} />
        ))}
        {view.awaited.map((each) => (
          <Row key={each.release} name={each.track}>
            <Icon name="spin" className="turns -mt-0.5 text-moving" /> {each.name} is built, and leads here
            then.
          </Row>
        ))}
      </ul>
    </Section>
  )
}

type Place = { readonly service: string; readonly stage: string }

function Track({ track, place }: { readonly track: TrackRow; readonly place: Place }) {
  return (
    <Row
      name={track.track}
      acts={track.track === STABLE ? undefined : <TrackActs track={track} place={place} />}
    >
      <p>
        {track.release === null ? (
          <span className="text-ink-2">Nothing runs here.</span>
        ) : (
          <>
            <ReleaseLink service={place.service} release={track.release} />{' '}
            {track.percent === 100 ? '' : `for ${describePercent(track.percent)} of it `}
            <span className="text-ink-2">
              {servesText(track)} · {instancesText(track)}
            </span>
          </>
        )}
      </p>
      {track.trouble === null ? null : (
        <p className="text-wrong">
          <Icon name="warn" className="-mt-0.5" /> {sentenceOf(track.trouble)}
        </p>
      )}
      <p className="text-[13px] text-ink-2">
        {track.follows === null ? '' : `Follows what passed ${track.follows}. `}
        {track.since === null || track.by === null ? null : (
          <>
            {track.by}, <Moment at={track.since} reachable={false} />
            {track.reason === null || track.reason === '' ? '' : `: ${withStop(track.reason)}`}
          </>
        )}
        {track.history.length === 0
          ? ''
          : ` Before: ${track.history
              .slice(0, 3)
              .map((each) => each.name)
              .join(', ')}.`}
      </p>
    </Row>
  )
}

function TrackActs({ track, place }: { readonly track: TrackRow; readonly place: Place }) {
  const preset = { track: [track.track] }
  const shared = { ...place, preset, look: 'quiet', about: track.track } as const
  return (
    <>
      <ActButton act="set-track" {...shared} word="Lead elsewhere" />
      {track.history.length === 0 ? null : <ActButton act="undo-track" {...shared} word="Undo" />}
      <ActButton act="follow-track" {...shared} word="Follow" />
      <ActButton act="remove-track" {...shared} word="Remove" />
    </>
  )
}

/** What its people get now, which is not what it leads to while that is being started. */
function servesText({ serves, name }: TrackRow): string {
  const [only, ...others] = serves
  if (only === undefined) return 'nobody is led here yet'
  if (others.length === 0) return only.name === name ? 'in force' : `still gives ${only.name}`
  return `gives ${serves.map((each) => `${each.name} ${describePercent(each.weightPercent)}`).join(', ')}`
}

function instancesText({ instances: { ready, wanted } }: TrackRow): string {
  return ready === wanted ? plural(ready, 'instance') : `${ready} of ${plural(wanted, 'instance')} ready`
}
