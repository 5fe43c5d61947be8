// A state never changes, so what follows from one is worked out once: the rules ask the same again and again, also at
// instants at which nothing has happened. Only the last few are kept, whatever the number of services.
import type { ReleaseNumber } from '../names.ts'
import { inOrder } from '../release-number.ts'
import { isOwnChange } from './off-line.ts'
import type { Release, ServiceState } from './state.ts'

/** A state before an event and the one after it, in each stage of the services that have something to do at once. */
const KEPT = 64

/** Hands out what `make` made of these very objects, if they are among the last few that were asked about. */
export function workedOut<Parts extends readonly unknown[], Made>(
  make: (...parts: Parts) => Made,
): (...parts: Parts) => Made {
  // The first part tells almost all of them apart, and a list of nothing else is looked through in no time.
  const firsts: unknown[] = []
  const known: { readonly parts: Parts; readonly made: Made }[] = []
  let next = 0
  return (...parts) => {
    for (let at = firsts.indexOf(parts[0]); at >= 0; at = firsts.indexOf(parts[0], at + 1)) {
      const kept = known[at]
      if (kept && isSame(kept.parts, parts)) return kept.made
    }
    const made = make(...parts)
    firsts[next] = parts[0]
    known[next] = { parts, made }
    next = (next + 1) % KEPT
    return made
  }
}

function isSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false
  return true
}

/** Answers about pairs of releases, each worked out when it is first asked for. */
type Pairs = Map<ReleaseNumber, Map<ReleaseNumber, boolean | 'open'>>

/** What follows from the releases there are and the lines they lie on, whatever happens in stages. */
export type LineBook = {
  /** Numbers of the releases there are, oldest first. */
  readonly numbers: readonly ReleaseNumber[]
  /** Those of them that bring a change of their own. */
  readonly ownChanges: readonly ReleaseNumber[]
  readonly rejected: readonly Release[]
  readonly contained: Pairs
  readonly lifted: Pairs
  readonly lifts: Map<ReleaseNumber, Lifts>
}

/** Changes that one release reverts, and those that it reverts or fixes. */
export type Lifts = { readonly reverted: readonly ReleaseNumber[]; readonly lifted: readonly ReleaseNumber[] }

type Answers = Pick<LineBook, 'contained' | 'lifted' | 'lifts'>
type Page = { readonly releases: readonly Release[]; readonly answers: Answers }

/** Builds and rejections come and go without a change of what contains and lifts what: those answers outlive them. */
const pageOf = workedOut(
  (
    // Services that never had anything unusual share all the rest.
    _definition: ServiceState['definition'],
    _lines: ServiceState['lines'],
    _lifters: ServiceState['lifters'],
    _containers: ServiceState['containers'],
    _takenIn: ServiceState['takenIn'],
  ): { page: Page } => ({ page: blankPage([]) }),
)

function blankPage(releases: readonly Release[]): Page {
  return { releases, answers: { contained: new Map(), lifted: new Map(), lifts: new Map() } }
}

function answersOf(state: BookParts, releases: readonly Release[]): Answers {
  const known = pageOf(state.definition, state.lines, state.lifters, state.containers, state.takenIn)
  if (!saysTheSame(known.page.releases, releases)) known.page = blankPage(releases)
  return known.page.answers
}

function saysTheSame(left: readonly Release[], right: readonly Release[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, at) => {
      const other = right[at]
      return (
        one === other ||
        (one.release === other?.release &&
          one.change === other.change &&
          one.origin === other.origin &&
          one.line === other.line &&
          one.containsByWord === other.containsByWord)
      )
    })
  )
}

type BookParts = Pick<
  ServiceState,
  'definition' | 'releases' | 'lines' | 'lifters' | 'containers' | 'takenIn'
>

const bookOf = workedOut(
  (
    releases: ServiceState['releases'],
    lines: ServiceState['lines'],
    lifters: ServiceState['lifters'],
    containers: ServiceState['containers'],
    takenIn: ServiceState['takenIn'],
    definition: ServiceState['definition'],
  ): LineBook => {
    const all = Object.values(releases).sort((left, right) => inOrder(left.release, right.release))
    return {
      ...answersOf({ definition, releases, lines, lifters, containers, takenIn }, all),
      numbers: all.map(({ release }) => release),
      ownChanges: all.filter(({ origin }) => isOwnChange(origin)).map(({ release }) => release),
      rejected: all.filter(({ rejected }) => rejected !== null),
    }
  },
)

export function lineBook(state: ServiceState): LineBook {
  const { definition, releases, lines, lifters, containers, takenIn } = state
  return bookOf(releases, lines, lifters, containers, takenIn, definition)
}

export function pairAnswer(
  pairs: Pairs,
  outer: ReleaseNumber,
  inner: ReleaseNumber,
  workOut: () => boolean,
): boolean {
  let answers = pairs.get(outer)
  if (!answers) pairs.set(outer, (answers = new Map<ReleaseNumber, boolean>()))
  const known = answers.get(inner)
  // The words of people may go in a circle: what follows only from itself does not follow.
  if (known === 'open') {
    isCircular = true
    return false
  }
  if (known !== undefined) return known
  answers.set(inner, 'open')
  asked += 1
  let answer = false
  try {
    answer = workOut()
  } finally {
    asked -= 1
    // A no on the way round a circle may be a yes once the question that it began with is answered.
    if (isCircular && asked > 0 && !answer) answers.delete(inner)
    else answers.set(inner, answer)
    if (asked === 0) isCircular = false
  }
  return answer
}

/** Questions that wait for an answer to another, and whether one of them came up again under way. */
let asked = 0
let isCircular = false
