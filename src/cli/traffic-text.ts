// Tracks and routes in lines that fit a terminal.
import type { RoutesView, TrackRow } from '../api/traffic.ts'
import type { Styles } from './styles.ts'
import { plain, sayTime, sayWhen } from './words.ts'

const MEBIBYTE = 1024 * 1024

export function tracksText(view: RoutesView, style: Styles, now: number): readonly string[] {
  const tracks = view.tracks.map((track) => trackLine(track, style, now))
  const awaited = view.awaited.map(
    ({ name, track }) => `${track}  ${name} is being built, then it goes there`,
  )
  const versions = view.versions.map(({ name, instances, memoryBytes, neededBy, until }) => {
    const memory = memoryBytes === null ? '' : `, ${Math.round(memoryBytes / MEBIBYTE)} MiB`
    const why = neededBy.length > 0 ? `for ${neededBy.join(', ')}` : 'for nobody'
    const end = until === null ? '' : `, stops ${sayWhen(until, now)}`
    return `${name}  ${instances} ${instances === 1 ? 'instance' : 'instances'}${memory} ${style.dim(`${why}${end}`)}`
  })
  const waits = view.inForce ? [] : ['The routers have not acknowledged all of this yet.']
  return [...tracks, ...awaited, '', ...versions, ...waits]
}

function trackLine(track: TrackRow, style: Styles, now: number): string {
  const serves =
    track.serves.length === 0
      ? 'nobody'
      : track.serves
          .map(({ name, weightPercent }) => (weightPercent === 100 ? name : `${name} ${weightPercent}%`))
          .join(', ')
  const isThere = track.serves.some(({ release }) => release === track.release)
  const coming = isThere || track.name === null ? '' : `, ${track.name} is starting`
  const trouble = track.trouble === null ? '' : ` ${style.bad(`(${plain(track.trouble)})`)}`
  const follows = track.follows === null ? '' : `, follows ${track.follows}`
  const who = track.by === null ? '' : `${track.by}: `
  const since = track.since === null ? '' : `${sayTime(track.since, now)}  `
  return `${track.track}  ${serves}${coming}${follows}${trouble}  ${style.dim(`${since}${plain(who + (track.reason ?? ''))}`)}`
}

export function routesText(view: RoutesView, style: Styles, now: number): readonly string[] {
  const routes = view.routes.map(({ id, text, expiresAt, by, reason }) => {
    const end = expiresAt === null ? '' : `  ends ${sayWhen(expiresAt, now)}`
    return `${id}  ${plain(text)}${end}  ${style.dim(plain(`${by}: ${reason}`))}`
  })
  return [
    ...(routes.length === 0 ? ['There is no route: everybody gets stable.'] : routes),
    ...view.warnings.map(({ text }) => style.bad(`Mind: ${plain(text)}.`)),
  ]
}
