// Colour only where a person sees it: never into a pipe, never against NO_COLOR.
import { styleText } from 'node:util'
import type { Output } from './parts.ts'

type Style = (text: string) => string
export type Styles = Record<'bold' | 'dim' | 'good' | 'moving' | 'bad' | 'calm', Style>

export function createStyles(output: Output, env: Readonly<Record<string, string | undefined>>): Styles {
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0'
  const on = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' && (output.isTerminal || forced)
  const style =
    (format: Parameters<typeof styleText>[0]): Style =>
    (text) =>
      on && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return {
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    moving: style('cyan'),
    bad: style('red'),
    calm: style('dim'),
  }
}
