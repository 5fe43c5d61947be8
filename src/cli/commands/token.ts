import { Command } from 'commander'
import { YES } from '../act.ts'
import { namesServer } from '../connect.ts'
import { type Cli, define, type Run } from '../define.ts'
import { CliFailure, EXIT, usage } from '../failure.ts'
import { nearestSentence } from '../../api/nearest.ts'
import { readServerRecord, stateFolder } from '../../api/server-record.ts'
import { tokenNameSchema } from '../../api/wire.ts'
import type { CliWork } from '../parts.ts'
import { sayTime } from '../words.ts'

export function tokenCommand(cli: Cli): Command {
  return new Command('token')
    .description('Tokens, by which people and programs beyond this machine are known')
    .addCommand(addCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(revokeCommand(cli))
}

function addCommand(cli: Cli): Command {
  return define(cli, {
    name: 'add',
    about: 'Make a token for a person; it is shown this once',
    arguments: [['<name>', 'the person who acts with it']],
    options: [['--read-only', 'it may look and not act']],
    examples: ['sluice token add anna', 'sluice token add wall-screen --read-only'],
    json: '{"name":"anna","readOnly":false,"createdAt":1763629200000,"createdBy":"root","token":"sluice_…"}',
    run: async (run, [name]) => {
      const parsed = tokenNameSchema.safeParse(name)
      if (!parsed.success)
        throw usage('cli/bad-name', `a name ${parsed.error.issues[0]?.message ?? 'is needed'}`)
      const made = await (await keeper(run)).add(parsed.data, run.has('readOnly'))
      if (made === undefined) throw taken(parsed.data)
      run.json(made)
      run.say(made.token)
      if (!run.isJson) run.note(`Give it to ${made.name} and keep it nowhere else: it is not shown again.`)
    },
  })
}

function listCommand(cli: Cli): Command {
  return define(cli, {
    name: 'list',
    about: 'List tokens by name',
    examples: ['sluice token list'],
    json: '[{"name":"anna","readOnly":false,"createdAt":1763629200000,"createdBy":"root"}]',
    run: async (run) => {
      const rows = await (await keeper(run)).list()
      run.json(rows)
      if (rows.length === 0) run.say('There is no token; only this machine may ask.')
      for (const row of rows)
        run.say(
          `${row.name}${row.readOnly ? ' (read-only)' : ''}${run.style.dim(`  by ${row.createdBy}, ${sayTime(row.createdAt, run.parts.now())}`)}`,
        )
    },
  })
}

function revokeCommand(cli: Cli): Command {
  return define(cli, {
    name: 'revoke',
    about: 'End a token and its sessions at once',
    arguments: [['<name>', 'whose']],
    options: [YES],
    examples: ['sluice token revoke anna'],
    json: '{"name":"anna","revoked":true}',
    run: async (run, [name = '']) => {
      if (!run.has('yes') && (!run.parts.canAsk || run.isJson))
        throw usage(
          'cli/needs-yes',
          '"token revoke" asks before it acts, and nobody can be asked here; add --yes',
        )
      const tokens = await keeper(run)
      const names = (await tokens.list()).map((row) => row.name)
      if (!names.includes(name))
        throw usage('cli/unknown-token', `there is no token of "${name}". ${nearestSentence(name, names)}`)
      if (!run.has('yes') && !(await run.parts.questions.confirm(`End the token of ${name}?`)))
        throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
      await tokens.revoke(name)
      run.json({ name, revoked: true })
      run.say(`The token of ${name} is no longer good.`)
    },
  })
}

/** The server's tokens; this machine's file when no server runs, so that the first can be made before it starts. */
async function keeper(run: Run): Promise<CliWork['tokens']> {
  const isHere = !namesServer(run.parts, run.text('server'))
  if (isHere && (await readServerRecord(stateFolder(run.parts.env))) === null) return run.parts.work.tokens
  const client = await run.client()
  return {
    list: () => client.tokens(),
    add: (name, readOnly) => client.addToken(name, readOnly),
    revoke: async (name) => {
      await client.revokeToken(name)
      return true
    },
  }
}

function taken(name: string): CliFailure {
  return new CliFailure(
    EXIT.refused,
    'tokens/name-taken',
    `${name} has a token already; revoke it first: sluice token revoke ${name}`,
  )
}
