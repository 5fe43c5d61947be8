// The preview server by its address, the releaser by a row of a table, and the release coordinator by its events.
import { startCallers } from './callers.ts'
import { type EventQueue, startEventQueue } from './event-queue.ts'
import { few, gets, type Hands, press, PRODUCTION, wait } from './stage.ts'

export async function playPreview(hands: Hands): Promise<void> {
  hands.chapter('The preview server: told apart by its address')
  for (const [host, stage] of [
    ['preview.localhost', PRODUCTION],
    ['staging.preview.localhost', 'staging'],
  ] as const) {
    const { routerPort: port } = hands.program
    const callers = startCallers({ port, host, header: 'x-customer', names: ['acme'], pauseMs: 50 })
    hands.closing.push(() => callers.stop())
    await gets(hands, callers, 'acme', '22')
    await callers.stop()
    hands.say(`http://${host}:${port} is ${stage}.`)
  }
}

export async function playReleaser(hands: Hands): Promise<void> {
  hands.chapter("The releaser: a row of a table says which version is a project's")
  const { client, routerPort: port } = hands.program
  const names = ['site', 'app', 'docs']
  const callers = startCallers({ port, host: 'releaser.localhost', header: 'x-project', names, pauseMs: 50 })
  hands.closing.push(() => callers.stop())
  for (const name of names) await gets(hands, callers, name, '22')
  const csv = new Blob(['project,releaser\nsite,one\napp,two\ndocs,one\n'])
  await client.pushLookup('releaser', 'projects', 'user', csv.stream())
  for (const [track, version] of [
    ['two', '2.0'],
    ['three', '3.0'],
  ] as const) {
    await hands.repository.branch({ branch: `releaser-${track}`, version })
    const commit = `releaser-${track}`
    await press(hands, 'releaser', 'deploy', { stage: PRODUCTION, commit, track, reason: 'a new iteration' })
    await press(hands, 'releaser', 'add-route', {
      stage: PRODUCTION,
      when: [
        {
          attribute: { from: 'lookup', table: 'projects', column: 'releaser' },
          test: { op: 'is', value: track },
        },
      ],
      to: { track },
      forMs: null,
      reason: 'its row says so',
    })
  }
  await gets(hands, callers, 'app', '2.0')
  const from = callers.answers.length
  await client.changeLookup('releaser', 'projects', { set: { docs: { releaser: 'three' } } })
  await gets(hands, callers, 'docs', '3.0')
  hands.say('Three releasers are live; a changed row took one project to the newest.')
  const wrong = callers.answers
    .slice(from)
    .filter(
      ({ who, version }) => (who === 'site' && version !== '22') || (who === 'app' && version !== '2.0'),
    )
  hands.claim(
    'a changed row moved its own project and no other',
    few(wrong.map(({ who, version }) => `${who} got ${version}`)),
  )
}

export async function playCoordinator(hands: Hands): Promise<void> {
  hands.chapter('The release coordinator: a queue, consumed by two versions')
  const queue = await startEventQueue()
  hands.closing.push(() => queue.stop())
  const vars = { QUEUE: queue.address, RESOLVE: hands.program.address }
  await press(hands, 'coordinator', 'set-vars', { stage: PRODUCTION, vars, reason: 'where its events are' })
  put(queue, 'first', ['linc', 'acme'])
  await wait(hands, 'the first events to be handled', () => queue.handled.length === EVENTS_EACH * 2)
  await hands.repository.branch({ branch: 'coordinator-2', version: '2.0' })
  await press(hands, 'coordinator', 'deploy', {
    stage: PRODUCTION,
    commit: 'coordinator-2',
    track: 'next',
    reason: 'to learn with our own events',
  })
  await press(hands, 'coordinator', 'add-route', {
    stage: PRODUCTION,
    when: [{ attribute: { from: 'customer' }, test: { op: 'is', value: 'linc' } }],
    to: { track: 'next' },
    forMs: 7_200_000,
    reason: 'our own account',
  })
  const resolves = async () => (await resolved(hands, 'linc'))?.includes('+') === true
  const endMs = performance.now() + 120_000
  while (!(await resolves()) && performance.now() < endMs) await hands.witness.refresh()
  put(queue, 'second', ['linc', 'acme'])
  await wait(hands, 'the second events to be handled', () => queue.handled.length >= EVENTS_EACH * 4)
  hands.say('Events of linc went to 2.0, and those of others to 22.')
  const wrong = queue.handled.filter(({ id, customer, version }) => {
    const should = id.startsWith('second') && customer === 'linc' ? '2.0' : '22'
    return version !== should
  })
  hands.claim(
    'each event was handled once, by the version it was meant for',
    new Set(queue.handled.map(({ id }) => id)).size === EVENTS_EACH * 4 &&
      queue.handled.length === EVENTS_EACH * 4
      ? few(wrong.map(({ id, version }) => `${id} by ${version}`))
      : `${queue.handled.length} were handled`,
  )
}

const EVENTS_EACH = 20

function put(queue: EventQueue, batch: string, customers: readonly string[]): void {
  for (const customer of customers)
    for (let n = 0; n < EVENTS_EACH; n += 1) queue.put({ id: `${batch}-${customer}-${n}`, customer })
}

async function resolved(hands: Hands, customer: string): Promise<string | null> {
  const asked = new URLSearchParams({ service: 'coordinator', customer })
  const answer = await fetch(`${hands.program.address}/v1/resolve?${asked.toString()}`)
  const said: unknown = await answer.json()
  return typeof said === 'object' && said !== null && 'name' in said ? String(said.name) : null
}
