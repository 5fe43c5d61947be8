// What a commit message says of people, of its pull request and of other commits. Only the forms of behaviour 1.5 and
// 2.7 count: a sentence that merely mentions a commit lifts nothing, and a bare `fixes #12` is about a ticket.
import type { MessageFacts, Person } from './change.ts'

export type ParsedMessage = {
  /** The first paragraph, on one line. */
  readonly subject: string
  readonly coAuthors: readonly Person[]
  readonly pullRequest: number | null
  readonly says: MessageFacts
}

const objectName = '[0-9a-f]{7,64}'
const revertLine = new RegExp(`^This reverts commit\\s+(${objectName})(?![0-9a-z])`)
const cherryPickLine = new RegExp(`^\\(cherry picked from commit (${objectName})\\)\\s*$`)
const namedValue = new RegExp(`^(?:#\\d+(?:\\+\\d+)?|${objectName})$`)

export function parseMessage(message: string): ParsedMessage {
  const lines = message.replaceAll('\r\n', '\n').split('\n')
  const subject = subjectOf(lines)
  return {
    subject,
    coAuthors: coAuthorsOf(lines),
    pullRequest: pullRequestOf(subject, lines),
    says: {
      revertsCommits: revertedCommits(lines),
      revertsPullRequests: revertedPullRequests(lines),
      fixes: namesInTrailer(lines, 'sluice-fixes'),
      contains: namesInTrailer(lines, 'sluice-contains'),
      cherryPickedFrom: unique(lines.flatMap((line) => cherryPickLine.exec(line)?.[1] ?? [])),
    },
  }
}

function subjectOf(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first < 0) return ''
  const end = lines.findIndex((line, index) => index > first && line.trim() === '')
  const paragraph = lines.slice(first, end < 0 ? lines.length : end)
  return paragraph.map((line) => line.trim()).join(' ')
}

function coAuthorsOf(lines: readonly string[]): readonly Person[] {
  const people = new Map<string, Person>()
  for (const line of lines) {
    const found = /^co-authored-by:([^<]*)<([^<>]*)>/i.exec(line)
    if (found === null) continue
    const email = found[2]!.trim()
    const key = email.toLowerCase()
    if (!people.has(key)) people.set(key, { name: found[1]!.trim(), email })
  }
  return [...people.values()]
}

/** GitHub's merge and squash subjects, and the line GitLab adds to its merges. */
function pullRequestOf(subject: string, lines: readonly string[]): number | null {
  const inSubject = /^Merge pull request #(\d{1,9}) from /.exec(subject) ?? /\(#(\d{1,9})\)$/.exec(subject)
  if (inSubject !== null) return Number(inSubject[1])
  for (const line of lines) {
    const found = /^See merge request (?:[\w.-]+\/)*[\w.-]*!(\d{1,9})$/.exec(line.trimEnd())
    if (found !== null) return Number(found[1])
  }
  return null
}

type RevertStatement = { readonly sha: string; readonly title: string | null }

/**
 * A squashed branch may carry a revert and, further down, the revert of that revert. The second names a commit of the
 * branch that nobody will ever see, so the two are matched by their titles and both fall away.
 */
function revertedCommits(lines: readonly string[]): readonly string[] {
  const inForce: RevertStatement[] = []
  let title: string | null = null
  for (const [index, line] of lines.entries()) {
    title = revertTitle(line) ?? title
    const found = revertLine.exec(line) ?? (line === 'This reverts commit' ? wrapped(lines, index) : null)
    if (found === null) continue
    const answered = inForce.findIndex(
      (earlier) => earlier.title !== null && title === `Revert "${earlier.title}"`,
    )
    if (answered >= 0) inForce.splice(answered, 1)
    else inForce.push({ sha: found[1]!, title })
    title = null
  }
  return unique(inForce.map((statement) => statement.sha))
}

function wrapped(lines: readonly string[], index: number): RegExpExecArray | null {
  return revertLine.exec(`This reverts commit ${lines[index + 1] ?? ''}`)
}

/** The title of a revert, with git's newer `Reapply "x"` written as the `Revert "Revert "x""` that it stands for. */
function revertTitle(line: string): string | null {
  const found = /^\s*(?:[*-] )?((?:Revert|Reapply) ".*")(?: \(#\d+\))?\s*$/.exec(line)
  if (found === null) return null
  let title = found[1]!
  for (let depth = 0; depth < 16; depth++) {
    const reapply = /Reapply "(.*)"/.exec(title)
    if (reapply === null) return title
    title = title.replace(reapply[0], () => `Revert "Revert "${reapply[1]!}""`)
  }
  return title
}

/** GitHub's `Reverts owner/repo#12`, and GitLab's `This reverts merge request !12`. */
function revertedPullRequests(lines: readonly string[]): readonly number[] {
  const numbers = lines.flatMap((line) => {
    const found =
      /^Reverts [\w.-]+\/[\w.-]+#(\d{1,9})\.?\s*$/.exec(line) ??
      /^This reverts merge request (?:[\w.-]+\/)*[\w.-]*!(\d{1,9})\.?\s*$/.exec(line)
    return found === null ? [] : [Number(found[1])]
  })
  return [...new Set(numbers)]
}

/** All values of a trailer: several lines, commas or blanks between them, and lines folded by indenting. */
function namesInTrailer(lines: readonly string[], key: string): readonly string[] {
  const names: string[] = []
  let isInside = false
  for (const line of lines) {
    if (line.toLowerCase().startsWith(`${key}:`)) {
      isInside = true
      names.push(...namesIn(line.slice(key.length + 1)))
    } else if (isInside && /^[ \t]+\S/.test(line)) names.push(...namesIn(line))
    else isInside = false
  }
  return unique(names)
}

function namesIn(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => namedValue.test(word))
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)]
}
