// Settings of a stage in words.
import type { SettingsView } from '../api/settings.ts'
import type { Run } from './define.ts'
import { layOut } from './table.ts'
import { plain, sayTime } from './words.ts'

export const SETTINGS_JSON =
  '{"stage":"production","version":3,"inForce":3,"live":3,"settings":[{"name":"GREETING","kind":"plain","value":"hello","secret":null,"from":"people"}],"history":[…]}'

export function saySettings(run: Run, view: SettingsView): void {
  run.json(view)
  if (view.settings.length === 0) run.say(`${view.stage} has none.`)
  const cells = view.settings.map((one) => [
    { text: one.name, style: run.style.bold },
    { text: one.kind === 'secret' ? `(secret, version ${one.secret})` : plain(one.value ?? '') },
    { text: one.from === 'file' ? 'configuration file' : '', style: run.style.dim },
  ])
  const columns = [
    { title: 'NAME', least: 6 },
    { title: 'VALUE', least: 20 },
    { title: 'FROM', least: 4 },
  ]
  if (cells.length > 0)
    for (const line of layOut(columns, cells, run.parts.stdout.columns, run.style.dim).lines) run.say(line)
  if (view.live !== null && view.live !== view.inForce)
    run.say(
      `What is live there has version ${view.live}; version ${view.inForce} has yet to roll out${view.waits.length === 0 ? '' : `: ${view.waits.map(({ text }) => plain(text)).join('; ')}`}.`,
    )
}

export function sayHistory(run: Run, view: SettingsView): void {
  run.json(view)
  if (view.history.length === 0) run.say(`Nothing was ever set for ${view.stage}.`)
  for (const one of view.history) {
    const who = one.by.kind === 'person' ? one.by.name : one.by.rule
    const what = one.changed.map(
      ({ name, kind, value }) =>
        `${name}${kind === 'gone' ? ' taken away' : kind === 'secret' ? ' (secret)' : `=${value ?? ''}`}`,
    )
    const marks = [
      ...(one.version === view.live ? ['live'] : []),
      ...(one.rejected === null ? [] : [`rolled back: ${one.rejected.reason}`]),
    ]
    const mark = marks.length === 0 ? '' : ` [${plain(marks.join('; '))}]`
    run.say(
      `${run.style.bold(String(one.version))} ${plain(what.join(', '))}${mark}${run.style.dim(`  ${plain(who)}, ${sayTime(one.at, run.parts.now())}${one.reason === '' ? '' : `: ${plain(one.reason)}`}`)}`,
    )
  }
}
