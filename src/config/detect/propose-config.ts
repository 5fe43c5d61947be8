// `sluice init`: looks at a repository and proposes a config, with what it saw and what only a person can say.
import { isName } from '../schema/text-schemas.ts'
import { type Finding, found, type Guess, type Question, warning } from './guess.ts'
import { readDockerfile, readProcfile } from './guess-declared.ts'
import { guessNode, readManifest } from './guess-node.ts'
import { guessGo, guessRuby, guessRust, guessStatic } from './guess-others.ts'
import { guessPython } from './guess-python.ts'
import type { RepoFiles } from './repo-files.ts'
import { type CodeScan, scanCode } from './scan-code.ts'
import { writeProposal } from './write-proposal.ts'

export type Proposal = {
  /** The file it belongs in, in the folder that was looked at. */
  readonly name: 'sluice.config.ts' | 'sluice.config.mjs'
  /** Text that loads, under either name. */
  readonly config: string
  readonly found: readonly Finding[]
  readonly questions: readonly Question[]
}

/** What a person said; it wins over what was guessed, and its questions are not asked again. */
export type Answers = {
  readonly service?: string
  readonly branch?: string
  readonly build?: string
  readonly run?: string
  readonly health?: string
}

export async function proposeConfig(repo: RepoFiles, answers: Answers = {}): Promise<Proposal> {
  const guess = await guessLanguage(repo)
  const procfile = await readProcfile(repo)
  const dockerfile = await readDockerfile(repo)
  const manifest = await readManifest(repo)
  const packages = { ...manifest?.dependencies, ...manifest?.devDependencies }
  const code = await scanCode(repo, '@sveltejs/kit' in packages || 'astro' in packages)
  const procfileRun = procfile.run === null ? null : (guess?.adapt?.(procfile.run) ?? procfile.run)
  const guessedRun = procfileRun ?? guess?.run ?? dockerfile.run
  const adapted = (command: string): string => guess?.adapt?.(command) ?? command
  const isPortless = procfile.run === null && procfile.processes.length > 0 && answers.run === undefined
  const run = isPortless ? null : (answers.run ?? guessedRun)
  const service = answers.service ?? serviceName(manifest?.name, repo.name)
  const findings = [
    ...(guess?.findings ?? []),
    ...procfile.findings,
    ...dockerfile.findings,
    ...(isPortless ? [] : codeFindings(code, run, guess, dockerfile.port)),
  ]
  const questions = [
    ...(procfile.run === null && !isPortless ? (guess?.questions ?? []) : []),
    ...runQuestions(
      isPortless
        ? { run: '', isHint: false }
        : { run: guessedRun, isHint: procfile.run === null && guess?.run == null },
    ),
    ...(repo.branch === null
      ? [{ about: 'branch', text: 'Which branch do merged changes land on?', guess: 'main' } as const]
      : []),
  ].filter(({ about }) => answers[about] === undefined)
  const config = writeProposal({
    service,
    branch: answers.branch ?? repo.branch ?? 'main',
    build: answers.build ?? guess?.build ?? null,
    run,
    isPortless,
    processes: procfile.processes.map(({ name, command }) => ({ name, command: adapted(command) })),
    release: procfile.release === null ? null : adapted(procfile.release),
    env: guess?.env ?? {},
    health: answers.health ?? code.health?.value ?? null,
    healthWhere: answers.health === undefined ? (code.health?.where ?? null) : null,
    what: guess?.what ?? 'nothing it knows how to build',
    notes: [
      ...findings.filter(({ level }) => level === 'warning').map(writeFinding),
      ...questions.map(({ text }) => `Please check: ${text}`),
    ],
  })
  const name = isCompiled(repo, packages) ? 'sluice.config.mjs' : 'sluice.config.ts'
  return { name, config, found: findings, questions: dedupe(questions) }
}

/**
 * Its own TypeScript compiler would take a `.ts` in at the root: it would miss the package `sluice` there, and where no
 * `rootDir` is set what it writes would move to another folder.
 */
function isCompiled(repo: RepoFiles, packages: Readonly<Record<string, unknown>>): boolean {
  return repo.paths.includes('tsconfig.json') && !('sluice' in packages)
}

async function guessLanguage(repo: RepoFiles): Promise<Guess | null> {
  let fallback: Guess | null = null
  for (const guess of [guessRuby, guessPython, guessGo, guessNode, guessRust, guessStatic]) {
    const made = await guess(repo)
    if (made !== null && made.run !== null) return made
    fallback ??= made
  }
  return fallback
}

/** One line: where it was seen, and what. */
export function writeFinding({ text, where }: Finding): string {
  return where === null ? `${capital(text)}.` : `${where}: ${text}.`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function runQuestions(start: { readonly run: string | null; readonly isHint: boolean }): readonly Question[] {
  if (start.run === null) return [{ about: 'run', text: 'Which command starts one instance?', guess: null }]
  return start.isHint
    ? [{ about: 'run', text: 'Does the command of the image start it here too?', guess: start.run }]
    : []
}

/** One question per answer; the first knows most. */
function dedupe(questions: readonly Question[]): readonly Question[] {
  return questions.filter(
    ({ about }, index) => questions.findIndex((other) => other.about === about) === index,
  )
}

const BAKED_SHOWN_MAX = 5

function codeFindings(
  code: CodeScan,
  run: string | null,
  guess: Guess | null,
  imagePort: number | null,
): readonly Finding[] {
  const findings: Finding[] = []
  if (code.health !== null) findings.push(found(`a health path, ${code.health.value}`, code.health.where))
  const handsPortOn = run !== null && /\$\{?PORT\b/.test(run)
  if (code.port !== null) findings.push(found('reads PORT', code.port.where))
  else if (!handsPortOn && !(guess?.readsPort === true && run === guess.run))
    findings.push(portWarning(code, imagePort))
  const fixedInCommand = /(?:--port[= ]|-p |:)(\d{4,5})\b/.exec(run ?? '')?.[1]
  if (fixedInCommand !== undefined && !handsPortOn) {
    findings.push(
      warning(`the command names port ${fixedInCommand}; instances are given a port each, in PORT`),
    )
  }
  if (code.baked.length > 0) findings.push(bakedWarning(code))
  return findings
}

function portWarning(code: CodeScan, imagePort: number | null): Finding {
  if (code.fixedPort !== null) {
    return warning(
      `seems to listen on ${code.fixedPort.value}; it must listen on the port in PORT`,
      code.fixedPort.where,
    )
  }
  const port = imagePort === null ? '' : ` (its image uses ${imagePort})`
  return warning(`nothing here seems to read PORT${port}; an instance must listen on the port it finds there`)
}

function bakedWarning(code: CodeScan): Finding {
  const names = code.baked.slice(0, BAKED_SHOWN_MAX).map(({ value }) => value)
  const more = code.baked.length > names.length ? ` and ${code.baked.length - names.length} more` : ''
  return warning(
    `${names.join(', ')}${more} would be fixed when it is built, the same in every stage; what differs between stages must be read when it runs`,
    code.baked[0]?.where ?? null,
  )
}

/** Names that tell nothing of what it is. */
const EMPTY_NAMES = new Set([
  'app',
  'source',
  'root',
  'monorepo',
  'workspace',
  'project',
  'my-app',
  'server',
  'web',
])

function serviceName(packageName: string | undefined, folder: string): string {
  const [named, fromFolder] = [safeName(packageName ?? ''), safeName(folder)]
  return named === null || EMPTY_NAMES.has(named) ? (fromFolder ?? named ?? 'app') : named
}

/** A service's name from a package's or a folder's; null when nothing of it can stay. */
export function safeName(text: string): string | null {
  const name = text
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return isName(name) ? name : null
}
