// Finds in what Node printed about a config that did not load: which file, where, and what was wrong.
import { fileURLToPath } from 'node:url'
import { type Place, placeOf } from '../locate/place.ts'

export type Failure = { readonly file: string; readonly place: Place; readonly message: string }

/** `read` gives the text of a file, null when it cannot be read; `file` is the config that was evaluated. */
export function readFailure(output: string, file: string, read: (file: string) => string | null): Failure {
  const message = errorMessage(output)
  const start: Failure = { file, place: { line: 1, column: 1 }, message }
  return (
    fromSnippet(output, message, read) ??
    fromImport(output, message, read) ??
    fromStack(output, message) ??
    start
  )
}

function errorMessage(output: string): string {
  const line = /^(?:Uncaught )?(\w*(?:Error|Exception)(?: \[\w+\])?: .+)$/m.exec(output)?.[1]
  if (line === undefined) {
    const printed = output.trim().split('\n').at(-1) ?? ''
    return printed === '' ? 'ended before it exported anything' : `failed: ${printed}`
  }
  const text = line.replace(/ \[\w+\](?=: )/, '').replace(/ imported from .*$/, '')
  if (text.startsWith('SyntaxError: TypeScript enum is not supported')) {
    return 'uses an enum, which Node cannot run as it is; write an object instead'
  }
  return text.replace(/ in strip-only mode$/, ', because Node runs it without compiling; write it without')
}

/** `file:3`, the line, and a caret under the sign that is wrong. Node's line number may be that of the line after. */
function fromSnippet(output: string, message: string, read: (file: string) => string | null): Failure | null {
  const header = /^((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n]*):(\d+)\n/m.exec(output)
  if (header === null) return null
  const file = asPath(header[1] ?? '')
  const headerLine = Number(header[2])
  const snippet = output.slice(header.index + header[0].length).split('\n')
  const caretAt = snippet.findIndex((line) => /^\s*\^+\s*$/.test(line))
  const lineText = snippet[caretAt - 1]
  if (caretAt < 1 || lineText === undefined) return { file, place: { line: headerLine, column: 1 }, message }
  const column = (snippet[caretAt] ?? '').indexOf('^') + 1
  const lines = (read(file) ?? '').split(/\r?\n/)
  const same = lines.flatMap((line, index) => (line === lineText ? [index + 1] : []))
  const nearest = same.sort((a, b) => Math.abs(a - headerLine) - Math.abs(b - headerLine))[0]
  return { file, place: { line: nearest ?? headerLine, column }, message }
}

/** `Cannot find module 'x' imported from /repo/sluice.config.ts`: at the word of the import. */
function fromImport(output: string, message: string, read: (file: string) => string | null): Failure | null {
  const match = /Cannot find (?:package|module) '([^']+)' imported from ([^\n]+)/.exec(output)
  if (match === null) return null
  const [wanted, file] = [match[1] ?? '', asPath((match[2] ?? '').trim())]
  const name = wanted.split('/').at(-1) ?? wanted
  const source = read(file) ?? ''
  const offset = source.search(new RegExp(`['"][^'"\\n]*${escapePattern(name)}['"]`))
  return { file, place: placeOf(source, Math.max(0, offset)), message }
}

function fromStack(output: string, message: string): Failure | null {
  for (const match of output.matchAll(/^\s+at .*?\(?(file:\/\/[^\s()]+?|\/[^\s()]+?):(\d+):(\d+)\)?$/gm)) {
    const file = asPath(match[1] ?? '')
    if (/[\\/]evaluate-child\.[jt]s$/.test(file)) continue
    return { file, place: { line: Number(match[2]), column: Number(match[3]) }, message }
  }
  return null
}

function asPath(place: string): string {
  return place.startsWith('file://') ? fileURLToPath(place) : place
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
