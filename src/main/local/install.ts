// `sluice up --install` and `--uninstall`: a systemd unit of this user, so that a reboot brings Sluice back.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { stateFolder } from '../../api/server-record.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import { EXIT_REFUSED, type KeeperStart } from './keeper-start.ts'
import { unitName, unitText } from './systemd-unit.ts'

export type Env = Readonly<Record<string, string | undefined>>
type Said = { readonly code: number; readonly text: string }

const COMMAND_MS_MAX = 30_000

/** Writes the unit and enables it; starts it too, unless a keeper runs already. Returns what a person should know. */
export async function install(
  env: Env,
  start: KeeperStart,
  { isKept }: { readonly isKept: boolean },
): Promise<readonly string[]> {
  await needSystemd(env, start)
  const { name, file } = unitOf(env, start.state)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, unitText({ start, env, refused: [EXIT_REFUSED] }))
  await mustDo(env, ['daemon-reload'])
  await mustDo(env, isKept ? ['enable', name] : ['enable', '--now', name])
  return [
    `wrote ${file} and enabled it; undo it with "sluice up --uninstall"`,
    ...(isKept
      ? [
          `a keeper that was started by hand runs on; hand over to the unit with "sluice down" and then "systemctl --user start ${name}"`,
        ]
      : [`look at it with "systemctl --user status ${name}"`]),
    ...(env['SLUICE_SECRET_KEY'] === undefined
      ? []
      : [
          `the unit does not carry SLUICE_SECRET_KEY, for others may read it; name a file that holds it with "systemctl --user edit ${name}" and EnvironmentFile=`,
        ]),
    ...(await lingering(env)),
  ]
}

/** What runs goes on; only the next boot brings nothing back. */
export async function uninstall(env: Env, state: string): Promise<readonly string[]> {
  const { name, file } = unitOf(env, state)
  if (!existsSync(file)) return [`there is no unit ${file}; nothing was changed`]
  await needSystemd(env, undefined)
  await mustDo(env, ['disable', name])
  await rm(file)
  await mustDo(env, ['daemon-reload'])
  return [`removed ${file}; what runs goes on until "sluice down", and a reboot does not bring it back`]
}

export function isInstalled(env: Env, state: string): boolean {
  return existsSync(unitOf(env, state).file)
}

function unitOf(env: Env, state: string): { readonly name: string; readonly file: string } {
  const { SLUICE_STATE: _, ...usual } = env
  const name = unitName(state, state === stateFolder(usual))
  const configs = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config')
  return { name, file: join(configs, 'systemd', 'user', name) }
}

async function needSystemd(env: Env, start: KeeperStart | undefined): Promise<void> {
  const said = await systemctl(env, ['show-environment'])
  if (said.code === 0) return
  const instead =
    start === undefined
      ? 'Nothing was changed'
      : `Nothing was written. Run "sluice up" after each boot, or let your own service manager start: ${[start.program, ...start.args].join(' ')}`
  throw new CliFailure(
    EXIT.failed,
    'up/no-install',
    `there is no systemd here that ${userInfo().username} may use (systemctl --user: ${said.text}). ${instead}`,
  )
}

async function mustDo(env: Env, words: readonly string[]): Promise<void> {
  const said = await systemctl(env, words)
  if (said.code === 0) return
  throw new CliFailure(
    EXIT.failed,
    'up/systemd-refused',
    `"systemctl --user ${words.join(' ')}" failed: ${said.text}`,
  )
}

/** Without it the units of a user start with the first login, and not with the machine. */
async function lingering(env: Env): Promise<readonly string[]> {
  const said = await run(env, 'loginctl', ['enable-linger'])
  return said.code === 0
    ? []
    : [
        `it starts when ${userInfo().username} logs in, and not with the machine, because "loginctl enable-linger" failed: ${said.text}`,
      ]
}

function systemctl(env: Env, words: readonly string[]): Promise<Said> {
  return run(env, 'systemctl', ['--user', ...words])
}

function run(env: Env, program: string, words: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(program, words, { env: { ...env }, timeout: COMMAND_MS_MAX }, (error, stdout, stderr) => {
      const text = `${stderr}${stdout}`.trim().split('\n')[0] ?? ''
      if (error === null) return resolve({ code: 0, text })
      const why = error.code === 'ENOENT' ? `${program} is not installed` : error.message
      resolve({ code: typeof error.code === 'number' ? error.code : 1, text: text === '' ? why : text })
    })
  })
}
