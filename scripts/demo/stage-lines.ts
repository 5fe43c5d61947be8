// The live lines of the terminal: one per environment, what it runs and what it does.
import type { StageView } from '../../src/api/board.ts'
import { nowOf } from '../../src/cli/stage-words.ts'
import type { Styles } from '../../src/cli/styles.ts'

const NAME_WIDTH = 12
const RELEASE_WIDTH = 18

export function stageLine(stage: StageView, styles: Styles): string {
  const serving = stage.arms.filter(({ weightPercent }) => weightPercent > 0)
  const releases =
    serving.length > 1
      ? serving.map(({ release, weightPercent }) => `#${release} ${weightPercent} %`).join('  ')
      : stage.live === null
        ? '-'
        : `#${stage.live.release}`
  const requestsPerS = serving.reduce((sum, arm) => sum + arm.requestsPerS, 0)
  const errors = serving.map(({ errorPercent }) => errorPercent)
  const errorPercent = Math.max(0, ...errors)
  const seen =
    serving.length === 0
      ? ''
      : `  ${requestsPerS.toFixed(0)}/s${errorPercent > 0 ? styles.bad(`  ${errorPercent.toFixed(0)} % errors`) : ''}`
  const { text, mood } = nowOf(stage)
  const held = [...stage.locks.map(() => 'locked'), ...(stage.pin === null ? [] : ['pinned'])].join(', ')
  return `  ${styles.bold(stage.stage.padEnd(NAME_WIDTH))}${releases.padEnd(RELEASE_WIDTH)}${styles[mood](text)}${held === '' ? '' : styles.bad(`  ${held}`)}${styles.dim(seen)}`
}
