// What a person asked for, made into the command that the rules decide on. Some acts first ask the outside: a commit is
// looked up or made, an artifact may be gone. Nothing is decided here.
import { prepareRound } from '../coordinator/prepare-round.ts'
import type { PersonCommand } from '../domain/service/command.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { Control } from '../server/control.ts'
import { actCommand, roundWish, type ActContext } from './act-command.ts'
import type { BuiltPorts } from './build-ports.ts'
import { findCommit } from './find-commit.ts'
import { reclaimed } from './reclaimed.ts'

/** The command, once it is known under which number a secret is kept; 0 where there is none. */
export type PreparedAct = { readonly commandWith: (secret: number) => PersonCommand }

export type ActToPrepare = Pick<Parameters<Control['act']>[0], 'act' | 'body'> & {
  readonly ports: Pick<BuiltPorts, 'artifacts' | 'source'>
  readonly state: ServiceState
  readonly contextWith: (secret: number) => ActContext
}

/** Commits may have to be fetched before anything can be said of a hotfix. */
const PREPARE_MS = 60_000

export async function prepareAct({
  act,
  body,
  ports,
  state,
  contextWith,
}: ActToPrepare): Promise<PreparedAct | { readonly refusal: Refusal }> {
  if (act === 'hotfix' || act === 'emergency') {
    // Act and body belong together: the caller's types say so, the union cannot.
    const wish = roundWish({ act, body } as Parameters<typeof roundWish>[0], contextWith(0))
    const signal = AbortSignal.timeout(PREPARE_MS)
    const prepared = await prepareRound({ source: ports.source, state, signal }, wish)
    return 'refusal' in prepared ? prepared : { commandWith: () => prepared.command }
  }
  const acted = { act, body } as Parameters<typeof actCommand>[0]
  if (acted.act === 'deploy') {
    const found = await findCommit(ports.source, state.definition?.source, acted.body.commit)
    if ('refusal' in found) return found
    return { commandWith: (secret) => actCommand(acted, { ...contextWith(secret), found }) }
  }
  if (acted.act === 'set-track') {
    const refusal = await reclaimed(ports.artifacts, state, acted.body.release)
    if (refusal) return { refusal }
  }
  return { commandWith: (secret) => actCommand(acted, contextWith(secret)) }
}
