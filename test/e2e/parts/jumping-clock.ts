// Loaded into the server before everything else (NODE_OPTIONS=--import): the clock on its wall is off by as many
// milliseconds as the file says that CLOCK_FILE names. Timers and the monotonic clock go on as they are.
import { readFileSync } from 'node:fs'

const file = process.env['CLOCK_FILE']
const now = Date.now.bind(Date)

function offMs(): number {
  try {
    return Number(readFileSync(file ?? '', 'utf8')) || 0
  } catch {
    return 0
  }
}

if (file !== undefined) Date.now = () => now() + offMs()
