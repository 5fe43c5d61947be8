// The text of a proposed config, with a comment wherever it was seen or guessed.

export type ProposalFacts = {
  readonly service: string
  readonly branch: string
  readonly build: string | null
  readonly run: string | null
  /** Nothing of it has a port. */
  readonly isPortless: boolean
  /** Processes without a port, beside the one that is run, or instead of it. */
  readonly processes: readonly { readonly name: string; readonly command: string }[]
  /** Runs once before each rollout. */
  readonly release: string | null
  readonly env: Readonly<Record<string, string>>
  readonly health: string | null
  readonly healthWhere: string | null
  readonly what: string
  /** Sentences that go above the config; one line each. */
  readonly notes: readonly string[]
}

/** Stands where nothing was found; it fails at once and says why. */
const NO_COMMAND = 'echo "the sluice config does not say yet how to start an instance" >&2; exit 1'

export function writeProposal(facts: ProposalFacts): string {
  const notes = facts.notes.map((note) => comment(note, ''))
  return `${comment(`Proposed by \`sluice init\`, which saw ${facts.what} here.`, '')}
${comment('`sluice config example` shows everything that can be said, `sluice config check` whether it is right.', '')}
${notes.length === 0 ? '' : `//\n${notes.join('\n')}\n`}import { defineConfig } from 'sluice'

export default defineConfig({
  services: {
    ${key(facts.service)}: {
      source: { git: '.', branch: ${quote(facts.branch)} },
${buildLines(facts)}
${processLines(facts)}${releaseLine(facts)}
      pipeline: [
        // A change must be watched here for an hour before it may go on.
        { stage: 'staging', bake: { for: '1h' } },
        // One box first, then in steps; a bad change is turned back by itself.
        { stage: 'production', instances: ${instancesText(facts)}, rollout: ['one-box', '25%', '50%', 'all-at-once'] },
      ],
    },
  },
})
`
}

function buildLines(facts: ProposalFacts): string {
  if (facts.build === null)
    return '      // Nothing to build: the checkout is what runs.\n      build: false,'
  return `      // Run in a fresh checkout of each change.\n      build: ${quote(facts.build)},`
}

/** What there is beside `web`, each in a line of its own; without them `run` is enough. */
function processLines(facts: ProposalFacts): string {
  if (facts.processes.length === 0) return runLines(facts, { name: 'run', indent: '      ' })
  const others = facts.processes.map(({ name, command }) => `        ${key(name)}: ${quote(command)},`)
  const web = facts.isPortless ? [] : [runLines(facts, { name: 'web', indent: '        ' })]
  return `      processes: {
${[...web, '        // Without a port: judged on crashes, restarts and error lines; see `jobs` in `sluice config example`.', ...others].join('\n')}
      },`
}

function releaseLine({ release }: ProposalFacts): string {
  return release === null
    ? ''
    : `\n      // Once per rollout, before its first instance.\n      release: ${quote(release)},`
}

function instancesText({ processes, isPortless }: ProposalFacts): string {
  const [first] = processes
  return first !== undefined && isPortless ? `{ ${key(first.name)}: 2 }` : '2'
}

function runLines(
  facts: ProposalFacts,
  { name, indent }: { readonly name: string; readonly indent: string },
): string {
  const health =
    facts.health === null
      ? comment(
          "No health path was found; an open port is enough until there is one, as in health: '/healthz'.",
          '  ',
        )
      : `${facts.healthWhere === null ? '' : `${comment(`Seen in ${facts.healthWhere}.`, '  ')}\n`}  health: ${quote(facts.health)},`
  const missing =
    facts.run === null ? `${comment('PLEASE WRITE HERE how one instance is started.', '  ')}\n` : ''
  const text = `${name}: {
  // It must listen on the port it finds in the variable PORT.
${missing}  command: ${quote(facts.run ?? NO_COMMAND)},
${health}${envLine(facts.env)}
},`
  return text.replace(/^(?=.)/gm, indent)
}

function envLine(env: ProposalFacts['env']): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}: ${quote(value)}`)
  return variables.length === 0 ? '' : `\n  env: { ${variables.join(', ')} },`
}

/** One comment line, whatever the text holds: names of files and scripts are other people's. */
function comment(text: string, indent: string): string {
  return `${indent}// ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`
}

function key(name: string): string {
  return /^[a-z]\w*$/.test(name) ? name : quote(name)
}

function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}
