// Many users on kept-alive connections, each asking again as soon as it is answered. Notes what failed and whether
// any answer came from a release that was not allowed any more when its request was sent.
import { Agent, request } from 'node:http'
import { onTestFinished } from 'vitest'

export type LoadReport = {
  readonly answered: number
  readonly failed: readonly string[]
  readonly wrong: readonly string[]
}

export type Load = {
  report(): LoadReport
  /** No new requests; resolves when the last is answered. */
  end(): Promise<LoadReport>
}

/** `allowed` says, when a request is sent, which releases may answer it; more may be added until it is answered. */
export function startLoad(options: {
  readonly port: number
  readonly users: number
  readonly newConnections?: boolean
  readonly method?: 'GET' | 'POST'
  readonly isWrong?: (release: string, sentAtMs: number) => boolean
}): Load {
  const { port, users, newConnections = false, method = 'GET', isWrong = () => false } = options
  const agent = new Agent({ keepAlive: !newConnections, maxSockets: users })
  const failed: string[] = []
  const wrong: string[] = []
  let answered = 0
  let isEnding = false

  const askOnce = (user: number) =>
    new Promise<void>((resolve) => {
      const sentAtMs = performance.now()
      const headers = { Host: 'shop.localhost', 'X-User': `user-${user}` }
      const asked = request({ port, host: '127.0.0.1', method, agent, headers })
      const fail = (why: string) => {
        failed.push(why)
        resolve()
      }
      asked.on('error', (error) => fail(error.message))
      asked.on('response', (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
        answer.on('error', (error) => fail(error.message))
        answer.on('end', () => {
          const release = String(answer.headers['x-sluice-release'])
          if (answer.statusCode !== 200) return fail(`status ${answer.statusCode}: ${body.slice(0, 80)}`)
          if (body !== `release ${release}`) return fail(`named ${release} but was ${body}`)
          if (isWrong(release, sentAtMs)) wrong.push(`${release} at ${sentAtMs.toFixed(1)}`)
          answered += 1
          resolve()
        })
      })
      asked.end(method === 'POST' ? 'body' : undefined)
    })

  const lane = async (user: number) => {
    while (!isEnding) await askOnce(user)
  }
  const lanes = Promise.all(Array.from({ length: users }, (_, user) => lane(user)))
  const end = async () => {
    isEnding = true
    await lanes
    agent.destroy()
    return { answered, failed, wrong }
  }
  onTestFinished(async () => void (await end()))
  return { end, report: () => ({ answered, failed, wrong }) }
}
