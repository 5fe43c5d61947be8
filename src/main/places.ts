// Where everything lies: in the state folder, never in the watched tree.
import { join, resolve } from 'node:path'

export type Places = {
  readonly state: string
  readonly store: string
  readonly ticks: string
  readonly measures: string
  readonly artifacts: string
  /** Archives while they come in; what is there when a server starts is left over. */
  readonly uploads: string
  readonly builds: string
  readonly checks: string
  readonly git: string
  readonly instances: string
  /** Release commands: what ran once, and must not run twice. */
  readonly tasks: string
  readonly router: string
  readonly tokens: string
  readonly secrets: string
  readonly secretKey: string
  readonly backups: string
  readonly logs: string
  /** The program as the engine has compiled it: what starts again starts sooner. May be thrown away. */
  readonly compiled: string
}

export function placesIn(stateFolder: string): Places {
  const state = resolve(stateFolder)
  return {
    state,
    store: join(state, 'store', 'events.sqlite'),
    ticks: join(state, 'ticks'),
    measures: join(state, 'measures'),
    artifacts: join(state, 'artifacts'),
    uploads: join(state, 'uploads'),
    builds: join(state, 'builds'),
    checks: join(state, 'checks'),
    git: join(state, 'git'),
    instances: join(state, 'instances'),
    tasks: join(state, 'tasks'),
    router: join(state, 'router'),
    tokens: join(state, 'tokens.json'),
    secrets: join(state, 'secrets', 'secrets.json'),
    secretKey: join(state, 'secrets', 'secret.key'),
    backups: join(state, 'store', 'backups'),
    logs: join(state, 'logs'),
    compiled: join(state, 'compiled'),
  }
}
