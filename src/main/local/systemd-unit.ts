// The systemd unit of a user that keeps a keeper running. What it says, as text; nothing is written or started here.
import { createHash } from 'node:crypto'
import type { KeeperStart } from './keeper-start.ts'

/** One unit per state folder; that of the usual place has the plain name. */
export function unitName(state: string, isUsual: boolean): string {
  return isUsual
    ? 'sluice.service'
    : `sluice-${createHash('sha256').update(state).digest('hex').slice(0, 8)}.service`
}

/** Variables of the caller that builds, instances and git need; a unit starts with next to none. Never a secret. */
const KEPT_VARIABLES = ['PATH', 'LANG', 'TZ'] as const

/** `refused`: exit codes after which only a person can help. */
export function unitText(unit: {
  readonly start: KeeperStart
  readonly env: Readonly<Record<string, string | undefined>>
  readonly refused: readonly number[]
}): string {
  const { start, env } = unit
  const variables = KEPT_VARIABLES.flatMap((name) => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [`Environment=${quoted(`${name}=${value}`, false)}`]
  })
  return `# Written by "sluice up --install"; "sluice up --uninstall" takes it away again.
[Unit]
Description=Sluice on ${specifiersEscaped(start.state)}
After=network.target

[Service]
Type=exec
ExecStart=${[start.program, ...start.args].map((word) => quoted(word, true)).join(' ')}
WorkingDirectory=${specifiersEscaped(start.state)}
${variables.map((line) => `${line}\n`).join('')}StandardOutput=append:${specifiersEscaped(start.log)}
StandardError=inherit
# Only the keeper is told to end, and it ends server and routers. Instances outlive all of them.
KillMode=process
TimeoutStopSec=30
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=${unit.refused.join(' ')}

[Install]
WantedBy=default.target
`
}

/** One word as systemd reads it; in a command line a dollar sign would name a variable. */
function quoted(word: string, isCommand: boolean): string {
  const escaped = specifiersEscaped(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${isCommand ? escaped.replaceAll('$', '$$$$') : escaped}"`
}

function specifiersEscaped(text: string): string {
  return text.replaceAll('%', '%%')
}
