import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import { PortFailure } from '../../ports/port-failure.ts'
import { prepareRevert } from '../prepare-revert.ts'
import type { Deed } from './deed.ts'

/** Asked twice it is the same commit: its time is that of the rejection. */
export async function prepareFoundRevert(
  { release }: Extract<Intent, { do: 'prepare-revert' }>,
  { state, ports, signal }: Deed,
): Promise<ServiceCommand | undefined> {
  const rejected = state.releases[release]?.rejected
  if (!rejected) return undefined
  const wish = { release, reason: rejected.reason, person: 'sluice', atMs: rejected.at }
  const prepared = await prepareRevert({ source: ports.source, state, signal }, wish)
  const told = { type: 'report-revert', release, at: ports.clock.now(), by: machine('revert') } as const
  if (!('refusal' in prepared)) {
    const { branch, fetchFrom } = prepared
    return { ...told, made: { branch, fetchFrom }, message: '' }
  }
  const { code, text } = prepared.refusal
  // What the outside could not do now it may do later; what does not fit will not fit.
  if (!code.startsWith('revert/')) throw new PortFailure(text, { code, again: 'retry' })
  return { ...told, made: null, message: text }
}
