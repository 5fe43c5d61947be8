// The gate table as people read it: behaviour section 3. A cell whose words nobody knows fails the test that reads it. Beside it, how each gate is closed and opened in a story.
import type { StageDefinition } from '../../pipeline/definition.ts'
import { PRODUCTION, type Story } from './story.ts'

export const GATES = ['bake', 'window', 'approval', 'lock', 'hard lock', 'rejection', 'pin'] as const
export type Gate = (typeof GATES)[number]
export type Cell =
  | 'passes'
  | 'waits'
  | 'named'
  | 'refused'
  | 'blocked'
  | 'when set after it'
  | 'pins'
  | 'stops'

export type Row = {
  readonly gates: Readonly<Record<Gate, Cell>>
  readonly checks: string
  readonly steps: string
  readonly verdict: string
}

const ROWS = {
  normal: 'normal',
  config: 'config (a changed setting)',
  'skip-bake': 'skip-bake',
  hotfix: 'hotfix',
  emergency: 'emergency',
  'rollback, by a person': 'rollback, by a person',
  'rollback, by the machine': 'rollback, by the machine',
} as const
type RowName = keyof typeof ROWS

const COLUMNS = [
  'bake',
  'window',
  'approval',
  'lock',
  'rejection',
  'pin',
  'checks',
  'steps',
  'verdict against it',
] as const
type Column = (typeof COLUMNS)[number]

const USUAL: Readonly<Record<string, Cell>> = {
  waits: 'waits',
  no: 'passes',
  '-': 'passes',
  passes: 'passes',
}

/** The document's own words, and what they mean for what is played. */
const WORDS: Readonly<Record<Column, Readonly<Record<string, string>>>> = {
  bake: {
    ...USUAL,
    'as normal': 'waits',
    'bake and `own` skipped; it goes next, with those it contains, listed first': 'passes',
  },
  window: USUAL,
  approval: { ...USUAL, asks: 'waits' },
  lock: {
    ...USUAL,
    'only by naming the lock; a `hard` lock refuses; its owner is told': 'named',
    'by naming each, hard too': 'named',
  },
  rejection: {
    '-': 'passes',
    passes: 'passes',
    blocked: 'blocked',
    'blocked once rolled back, until set again': 'blocked',
    'by naming each': 'named',
  },
  pin: {
    ...USUAL,
    'passes only when set after it': 'when set after it',
    'passes; the pin stays, on the hotfix': 'passes',
    pins: 'pins',
    'stops at a pin or an accepted release, and pages': 'stops',
  },
  checks: {
    yes: 'run',
    "yes, earlier stages' too": 'earlier stages too',
    'health only': 'health only',
    health: 'health only',
  },
  steps: { yes: 'as declared', 'yes, no soak': 'no soak', shortest: 'at once', fast: 'at once' },
  'verdict against it': {
    'rolls back': 'rolls back',
    'still stands': 'rolls back',
    pages: 'pages',
    'pages; rolls back by itself only on crash or failed health': 'pages',
    'pages; never a second one in production': 'pages',
  },
}

/** `document` is the text of docs/concepts/behaviour.md. */
export function readGateTable(
  document: string,
): Readonly<Record<RowName, Row>> & { readonly 'back-fill': string } {
  const lines = document.split('\n')
  const from = lines.findIndex((line) => line.startsWith('| act '))
  const rows = lines.slice(from, lines.indexOf('', from)).map(cellsOf)
  const header = rows[0] ?? []
  const wordsOf = (label: string): readonly string[] => {
    const found = rows.find(([first]) => first === label)
    if (!found) throw new Error(`behaviour section 3 has no row "${label}"`)
    return found
  }
  const read = (name: RowName): Row => {
    const words = wordsOf(ROWS[name])
    const at = (column: Column): string => {
      const said = words[header.indexOf(column)] ?? ''
      const meant = WORDS[column][said]
      if (meant === undefined) throw new Error(`${name}, ${column}: nobody knows what "${said}" means`)
      return meant
    }
    const isHardRefused = (words[header.indexOf('lock')] ?? '').includes('a `hard` lock refuses')
    // Parsing: the words above are all there are.
    const gates = {
      ...Object.fromEntries(GATES.map((gate) => [gate, at(gate === 'hard lock' ? 'lock' : gate)])),
      ...(isHardRefused ? { 'hard lock': 'refused' } : {}),
    } as Row['gates']
    return { gates, checks: at('checks'), steps: at('steps'), verdict: at('verdict against it') }
  }
  const names = Object.keys(ROWS) as RowName[]
  const table = Object.fromEntries(names.map((name) => [name, read(name)])) as Record<RowName, Row>
  return { ...table, 'back-fill': wordsOf('back-fill')[1] ?? '' }
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

/** The first day of all times is a Thursday, and the stories begin a quarter past midnight. */
export const OFFICE = { days: [4], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: [] }
export const TEN = 10 * 3_600_000

export function production(gate: Gate): StageDefinition {
  return {
    ...PRODUCTION,
    passAfterMs: 3_600_000,
    ...(gate === 'window' ? { window: OFFICE } : {}),
    ...(gate === 'approval' ? { approve: { by: ['anna'], n: 1, own: true, byHand: false } } : {}),
  }
}

export function lockOf(story: Story, name: string, hard: boolean): void {
  const words = { owner: 'bob', reason: 'it looks wrong', forMs: 86_400_000, incident: null, suspect: null }
  story.person({ type: 'lock', stage: name, id: 'l1', hard, ...words })
}

export function close(story: Story, gate: Gate): void {
  switch (gate) {
    case 'lock':
    case 'hard lock':
      lockOf(story, 'production', gate === 'hard lock')
      return
    case 'rejection':
      story.person({ type: 'reject', release: 2, reason: 'bad' })
      return
    case 'pin':
      story.person({ type: 'pin', stage: 'production', reason: 'a demonstration' })
      return
    case 'bake':
    case 'window':
    case 'approval':
  }
}

export function open(story: Story, gate: Gate): void {
  switch (gate) {
    case 'bake':
      story.ownServed('staging').baked('staging')
      return
    case 'window':
      story.now = TEN
      return
    case 'approval': {
      const release = story.stage('production').wayRound?.release ?? 2
      story.person({ type: 'approve', stage: 'production', release })
      return
    }
    case 'lock':
    case 'hard lock':
      story.person({ type: 'unlock', stage: 'production', incidentClosed: false })
      return
    case 'rejection':
      story.person({ type: 'unreject', release: 2, reason: 'it was not' })
      return
    case 'pin':
      story.person({ type: 'unpin', stage: 'production', reason: 'over' })
  }
}
