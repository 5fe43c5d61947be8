// Where environments and releases are found by people (behaviour 5.8).
import type { ReleaseNumber } from '../domain/names.ts'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'

export type AddressBook = { readonly suffix: string; readonly port: number }

export function addressesOf(
  { suffix, port }: AddressBook,
  definition: ServiceDefinition | null,
  stage: string,
  release?: ReleaseNumber,
): readonly string[] {
  // Without a port there is nothing that anybody could reach.
  if (!definition || definition.stages.some((one) => one.stage === stage && one.portless)) return []
  const at = (host: string): string => `http://${host}.${suffix}${port === 80 ? '' : `:${port}`}`
  const { service } = definition
  if (release !== undefined) return [at(`r${release}.${stage}.${service}`)]
  const isLast = definition.stages.at(-1)?.stage === stage
  return isLast ? [at(service), at(`${stage}.${service}`)] : [at(`${stage}.${service}`)]
}
