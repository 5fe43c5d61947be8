// Every version looks at the same queue and takes the events that are meant for it: no event is handled by two versions,
// and moving a customer to another one is a route, as everywhere. While the server is away nothing is taken, and
// nothing is lost: events are still there when it is back.
import { release, serve, version } from './component.js'

const { QUEUE, RESOLVE } = process.env
const PAUSE_MS = 100

async function isOurs(event) {
  const asked = new URLSearchParams({ service: 'coordinator', customer: event.customer })
  const answer = await fetch(`${RESOLVE}/v1/resolve?${asked}`)
  return answer.ok && (await answer.json()).name === release
}

async function takeWhatIsOurs() {
  const events = await (await fetch(`${QUEUE}/events`)).json()
  for (const event of events) {
    if (!(await isOurs(event))) continue
    // The queue gives an event to whoever takes it first, and says so.
    const taken = await fetch(`${QUEUE}/events/${event.id}`, { method: 'DELETE' })
    if (!taken.ok) continue
    await fetch(`${QUEUE}/handled`, { method: 'POST', body: JSON.stringify({ ...event, version, release }) })
  }
}

serve('coordinator')
for (;;) {
  await takeWhatIsOurs().catch((error) => console.error(`looking again: ${error.message}`))
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
