import { secretStoreContract } from '../../../extend/contracts/secret-store.contract.ts'
import { createMemorySecrets } from './memory-secrets.ts'

secretStoreContract('memory', () => {
  const values = new Map<string, (string | undefined)[]>()
  return { open: () => createMemorySecrets(values), remove: () => values.clear() }
})
