import type { Config } from '../config/complete/complete-config.ts'
import { DEFAULTS } from '../config/complete/defaults.ts'
import type { BackupPlan } from './backups.ts'

/** One store, and perhaps several configurations: the most careful one counts, and those that say nothing do not. */
export function backupPlanOf(configs: readonly Config[]): BackupPlan | null {
  const said = configs.flatMap(({ backup }) => (backup === undefined ? [] : [backup]))
  const plans = said.flatMap((plan) => plan ?? [])
  if (plans.length > 0)
    return {
      everyMs: Math.min(...plans.map(({ everyMs }) => everyMs)),
      keep: Math.max(...plans.map(({ keep }) => keep)),
    }
  return said.length > 0 ? null : DEFAULTS.backup
}
