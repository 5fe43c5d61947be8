import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { EXIT, usage } from '../failure.ts'
import { plain, readRelease } from '../words.ts'

export function revertCommand(cli: Cli): Command {
  return define(cli, {
    name: 'revert',
    about: 'Prepare a branch and a message that take a change back; opens and pushes nothing',
    arguments: [['<release>', 'the change, such as #7']],
    options: [
      ['-b, --branch <name>', 'name of the branch; revert-7 for #7 when left out'],
      ['-r, --reason <words>', 'why, in words; it becomes part of the message'],
      SERVICE,
    ],
    examples: ["sluice revert '#7'", 'sluice revert \'#7\' --reason "orders were counted twice"'],
    json: '{"service":"shop","release":7,"done":true,"refusal":null,"prepared":{"branch":"revert-7","sha":"3f2a1…","onto":"9c41d…","message":"Revert \\"new checkout\\"…","fetchFrom":null},"text":"the branch revert-7 takes it back"}',
    run: async (run, [typed]) => {
      if (typed === undefined) throw usage('cli/needs-change', 'which change? A release, such as #7')
      const release = readRelease(typed)
      const branch = run.text('branch')
      const reason = run.text('reason')
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const outcome = await client.revert(service, release, {
        ...(branch === undefined ? {} : { branch }),
        ...(reason === undefined ? {} : { reason }),
      })
      run.json({ service, release, ...outcome })
      if (outcome.refusal !== null || outcome.prepared === null) {
        if (!run.isJson && outcome.refusal)
          run.note(`Refused: ${plain(outcome.refusal.text)} (${outcome.refusal.code})`)
        return EXIT.refused
      }
      const { prepared } = outcome
      run.say(plain(outcome.text))
      for (const line of prepared.message.trimEnd().split('\n')) run.say(run.style.dim(`  ${plain(line)}`))
      const { fetchFrom } = prepared
      if (fetchFrom !== null)
        run.say(`Fetch it: git fetch ${fetchFrom} ${prepared.branch}:${prepared.branch}`)
      run.say(`Look at it: git show ${prepared.branch}`)
      run.say(`When it is right: git push origin ${prepared.branch}, and merge it as you merge any change`)
      return EXIT.done
    },
  })
}
