// How the demo speaks: chapters and sentences that stay, and in a real terminal a few live lines below them.
import { stripVTControlCharacters } from 'node:util'
import { createStyles, type Styles } from '../../src/cli/styles.ts'
import type { Claim } from './claim.ts'

export interface Terminal {
  readonly styles: Styles
  chapter(title: string): void
  say(sentence: string): void
  /** Replaces the live lines; does nothing where there is no terminal. */
  live(lines: readonly string[]): void
  claims(claims: readonly Claim[]): void
  /** The live lines go, and do not come back. */
  calm(): void
}

export function createTerminal(stdout: NodeJS.WriteStream): Terminal {
  const isTerminal = stdout.isTTY === true && process.env['TERM'] !== 'dumb'
  const styles = createStyles(
    { write: (text) => void stdout.write(text), isTerminal, columns: stdout.columns ?? 80 },
    process.env,
  )
  let shown: readonly string[] = []
  let isCalm = false
  const erased = (): string => (shown.length === 0 ? '' : `\u001b[${shown.length}A\u001b[J`)
  const cut = (line: string): string =>
    stripVTControlCharacters(line).length < (stdout.columns ?? 80)
      ? line
      : stripVTControlCharacters(line).slice(0, (stdout.columns ?? 80) - 1)
  const stay = (text: string): void => {
    const below = shown.length === 0 ? '' : `${shown.join('\n')}\n`
    stdout.write(`${erased()}${text}\n${below}`)
  }
  return {
    styles,
    chapter: (title) => stay(`\n${styles.bold(title)}`),
    say: (sentence) => stay(`  ${sentence}`),
    live: (lines) => {
      if (!isTerminal || isCalm) return
      const next = ['', ...lines.map(cut)]
      if (next.join('\n') === shown.join('\n')) return
      const before = erased()
      shown = next
      stdout.write(`${before}${shown.join('\n')}\n`)
    },
    claims: (claims) => {
      for (const { claim, broken } of claims)
        stay(
          broken === undefined
            ? `  ${styles.good('✓')} ${claim}`
            : `  ${styles.bad('✗')} ${claim}\n    ${styles.bad(broken)}`,
        )
    },
    calm: () => {
      isCalm = true
      const before = erased()
      shown = []
      if (before !== '') stdout.write(before)
    },
  }
}
