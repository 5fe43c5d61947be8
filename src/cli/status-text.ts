// The board as a person reads it in a terminal: one table per service, what needs a person under its stage.
import type { Board, ServiceView, StageView } from '../api/board.ts'
import { nowOf, notesOf, type Mood } from './stage-words.ts'
import type { Styles } from './styles.ts'
import { type Cell, type Column, GAP, layOut, widthOf, wrap } from './table.ts'
import { plain, sayDuration } from './words.ts'
import { releaseName } from '../api/release-name.ts'

type View = { readonly width: number; readonly style: Styles; readonly now: number }

const COLUMNS: readonly Column[] = [
  { title: 'STAGE', least: 8 },
  { title: 'RELEASE', least: 7 },
  { title: 'SHA', least: 7 },
  { title: 'AUTHOR', least: 8 },
  { title: 'SINCE', least: 5 },
]
const INDENT = 2
// Narrower than this, what a stage does now goes below its row instead of beside it.
const NOW_WIDTH_MIN = 24

export function statusText(board: Board, view: View): string[] {
  if (board.services.length === 0)
    return ['There is no service yet. Add the repository you are in with: sluice add']
  return board.services.flatMap((service, index) => [
    ...(index === 0 ? [] : ['']),
    ...serviceText(service, view),
  ])
}

function serviceText(service: ServiceView, view: View): string[] {
  const { style } = view
  const width = Math.max(40, view.width) - INDENT
  const lines = [
    `${style.bold(plain(service.service))}  ${style.dim(`${plain(service.branch)} of ${plain(service.git)}`)}`,
  ]
  for (const { stage, addresses } of service.stages)
    for (const address of addresses.slice(0, 1)) lines.push(addressLine(stage, address, style))
  const loud = (text: string) =>
    lines.push(...wrap(`! ${text}`, width, 2).map((line) => ' '.repeat(INDENT) + style.bad(line)))
  if (service.sourceTrouble !== null) loud(plain(service.sourceTrouble.text))
  if (service.rewritten !== null)
    loud(
      `history was rewritten; gates hold until somebody looks at: sluice accept history --service ${service.service}`,
    )
  lines.push(...tableText(service.stages, view))
  const building = service.releases.filter(
    (row) => row.build.state === 'running' || row.build.state === 'failed',
  )
  for (const row of building.slice(0, 5)) {
    const text = `${releaseName(row.release)} ${row.build.state === 'failed' ? 'build failed' : 'is being built'}: ${plain(row.subject)} (${plain(row.author)})`
    lines.push(
      ...wrap(text, width, 2).map(
        (line) => ' '.repeat(INDENT) + styleOf(style, row.build.state === 'failed' ? 'bad' : 'moving')(line),
      ),
    )
  }
  return lines
}

/** Where people reach a stage: the first of its addresses; a long one is not broken, so that it can be clicked. */
function addressLine(stage: string, address: string, style: Styles): string {
  return ' '.repeat(INDENT) + style.dim(`${plain(stage)} answers at ${plain(address)}`)
}

function tableText(stages: readonly StageView[], { style, now, width }: View): string[] {
  const table = layOut(
    COLUMNS,
    stages.map((stage) => rowOf(stage, style, now)),
    Math.max(40, width) - INDENT,
    style.dim,
  )
  const used = INDENT + table.widths.reduce((sum, one) => sum + one + GAP, 0)
  const noteAt = INDENT + (table.widths[0] ?? 0) + GAP
  const isBeside = width - used >= NOW_WIDTH_MIN
  const nowAt = isBeside ? used : noteAt
  const [titles = '', ...rows] = table.lines.map((line) => ' '.repeat(INDENT) + line)
  const under = (text: string, at: number, mood: Mood) =>
    wrap(text, Math.max(20, width - at), 0).map((line) => ' '.repeat(at) + styleOf(style, mood)(line))
  return [
    titles + (isBeside ? ' '.repeat(Math.max(0, used - widthOf(titles))) + style.dim('NOW') : ''),
    ...stages.flatMap((stage, index) => {
      const doing = nowOf(stage)
      const row = rows[index] ?? ''
      const [first = '', ...rest] = under(doing.text, nowAt, doing.mood)
      const beside = isBeside
        ? [row + ' '.repeat(Math.max(0, used - widthOf(row))) + first.slice(nowAt)]
        : [row, first]
      return [
        ...beside,
        ...rest,
        ...notesOf(stage, now).flatMap((note) => under(note.text, noteAt, note.mood)),
      ]
    }),
  ]
}

function rowOf(stage: StageView, style: Styles, now: number): Cell[] {
  const { live, liveSince } = stage
  return [
    { text: plain(stage.stage), style: style.bold },
    { text: live === null ? '-' : releaseName(live.release) },
    { text: live === null ? '-' : live.sha.slice(0, 7), style: style.dim },
    { text: live === null ? '-' : plain(live.author) },
    { text: liveSince === null ? '-' : sayDuration(now - liveSince), style: style.dim },
  ]
}

function styleOf(style: Styles, mood: Mood): (text: string) => string {
  return mood === 'bad' ? style.bad : mood === 'moving' ? style.moving : style.calm
}
