import type { Environment } from '../../domain/names.ts'
import { PortFailure } from '../../ports/port-failure.ts'
import type { SecretStore } from '../../ports/secret-store.ts'

/** The value of a secret of the environment; fails with words that say how to set it. */
export async function secretOf(
  secrets: Pick<SecretStore, 'read'>,
  environment: Environment,
  name: string,
  versions: Readonly<Record<string, number>>,
): Promise<string> {
  const version = versions[name]
  if (version !== undefined) return secrets.read({ environment, name, version })
  const { service, stage } = environment
  throw new PortFailure(`its key is missing: sluice secret set ${stage} ${name} --service ${service}`, {
    code: 'metric-source/no-key',
    again: 'retry',
  })
}
