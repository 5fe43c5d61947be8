// `backlog`: what piles up behind a gate, before it comes down.
import type { Command } from 'commander'
import type { BacklogChange, BacklogStage, Opening } from '../../api/backlog.ts'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { releaseName } from '../../api/release-name.ts'
import { plain, sayDuration, sayTime, sayWhen } from '../words.ts'

export function backlogCommand(cli: Cli): Command {
  return define(cli, {
    name: 'backlog',
    about: 'Show what piles up before each stage: by whom, how large, how risky, and when it would be live',
    arguments: [['[stage]', 'only this stage']],
    options: [SERVICE],
    examples: ['sluice backlog', 'sluice backlog production'],
    json: '{"service":"shop","at":1763629260000,"stages":[{"stage":"production","changes":[],"size":null,"age":null,"openings":[]}],"bottleneck":null}',
    run: async (run, [stage]) => {
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const found = await client.backlog(service)
      run.json(found)
      const shown = found.stages.filter((one) => stage === undefined || one.stage === stage)
      for (const one of shown) sayStage(run, one)
      if (shown.every(({ changes }) => changes.length === 0)) run.say('Nothing waits.')
      if (found.bottleneck && stage === undefined) run.say(`Bottleneck: ${plain(found.bottleneck.text)}`)
    },
  })
}

function sayStage(run: Run, { stage, changes, size, age, openings }: BacklogStage): void {
  if (changes.length === 0) return
  const total = size === null ? '' : `, ${sayLines(size)}`
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`
  run.say(`${run.style.bold(stage)}: ${count}${total}`)
  if (age?.text) run.say(`  ${run.style.bad(plain(age.text))}`)
  for (const change of changes) sayChange(run, change)
  for (const opening of openings) sayOpening(run, opening)
}

function sayLines({ files, added, removed }: NonNullable<BacklogStage['size']>): string {
  return `${files} ${files === 1 ? 'file' : 'files'} +${added} -${removed}`
}

function sayChange(run: Run, change: BacklogChange): void {
  const now = run.parts.now()
  const people = [change.author, ...change.coAuthors].map(plain).join(', ')
  const size = change.size === null ? '' : `, ${sayLines(change.size)}`
  const aside = change.isSetAside ? ', set aside' : ''
  const inside =
    change.liveIn === null || change.liveIn === change.release ? '' : ` inside ${releaseName(change.liveIn)}`
  const live = change.liveAt === null ? 'not foreseen' : `live ${sayTime(change.liveAt, now)}${inside}`
  run.say(
    `  ${change.name} ${plain(change.subject)} (${people}; ${sayDuration(change.waitedMs)}${size}${aside}): ${live}`,
  )
  for (const risk of change.risks) run.say(`     ${run.style.bad(plain(risk.text))}`)
  const [why] = change.why
  if (why && change.liveAt === null && !change.isSetAside) run.say(`     ${run.style.dim(plain(why.text))}`)
}

function sayOpening(run: Run, { queue, text, goes }: Opening): void {
  const last = goes.at(-1)?.liveAt
  const when = last === null || last === undefined ? '' : `, all live ${sayWhen(last, run.parts.now())}`
  run.say(`  unlock --queue ${queue}: ${plain(text)}${when}`)
}
