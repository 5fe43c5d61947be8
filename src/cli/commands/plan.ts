import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import type { ForecastView } from '../../api/forecast.ts'
import { releaseName } from '../../api/release-name.ts'
import { plain, readRelease, sayWhen } from '../words.ts'

export function planCommand(cli: Cli): Command {
  return define(cli, {
    name: 'plan',
    about: 'Say what would happen, in order: to what waits, and to the next merge',
    options: [
      ['--without <releases>', 'what would be possible with these set aside, such as #7 or #7,#9'],
      SERVICE,
    ],
    examples: ['sluice plan', "sluice plan --without '#7'"],
    json: '{"service":"shop","plan":[{"stage":"staging","text":"is built and enters staging at once","at":1763629260000}],"forecast":{"service":"shop","at":1763629200000,"without":[],"moves":[],"stays":[],"isCut":false}}',
    run: async (run) => {
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const without = (run.text('without') ?? '')
        .split(',')
        .flatMap((word) => (word.trim() === '' ? [] : [readRelease(word.trim())]))
      const forecast = await client.forecast(service, without)
      // The next merge is nobody's yet: it says nothing of what waits without them.
      const plan = without.length === 0 ? await client.plan(service) : []
      run.json({ service, plan, forecast })
      sayForecast(run, forecast)
      for (const { stage, text, at } of plan)
        run.say(
          `${run.style.bold(stage)}: ${plain(text)}${at === null ? '' : run.style.dim(`, ${sayWhen(at, run.parts.now())}`)}`,
        )
    },
  })
}

/** What waits, in the order in which it would move; and what would stay behind, once each. */
function sayForecast(run: Run, { without, moves, stays, isCut }: ForecastView): void {
  const now = run.parts.now()
  if (without.length > 0) run.say(`Without ${without.map(releaseName).join(' and ')}:`)
  for (const { stage, text, at } of moves)
    run.say(`${run.style.bold(stage)}: ${plain(text)}${run.style.dim(`, ${sayWhen(at, now)}`)}`)
  if (without.length > 0 && moves.length === 0) run.say('nothing would move')
  const told = new Set<number>()
  for (const { stage, release, name, why } of stays) {
    if (told.has(release) || without.includes(release)) continue
    told.add(release)
    const reasons = why.map((one) => plain(one.text)).join('; ')
    run.say(`${run.style.bold(stage)}: ${name} stays out${reasons === '' ? '' : `: ${reasons}`}`)
  }
  if (isCut) run.say(run.style.dim('and more, later than can usefully be said'))
}
