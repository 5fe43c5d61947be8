// HAProxy's runtime socket: one line of commands on a connection of its own, and what it says to it.
import { connect } from 'node:net'

const ANSWER_BYTES_MAX = 16 * 1024 * 1024

/** Nobody listens there. */
export class HaproxyGone extends Error {
  constructor(socket: string, options: ErrorOptions) {
    super(`HAProxy does not listen on ${socket}`, options)
    this.name = 'HaproxyGone'
  }
}

export class HaproxyRefused extends Error {
  constructor(command: string, answer: string) {
    super(`HAProxy refused ${JSON.stringify(command.slice(0, 200))}: ${answer}`)
    this.name = 'HaproxyRefused'
  }
}

/** Whatever it answers to one command. */
export function askHaproxy(socket: string, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect({ path: socket, signal })
    let answer = ''
    connection.setEncoding('latin1')
    connection.on('connect', () => connection.write(`${command}\n`))
    connection.on('data', (text: string) => {
      answer += text
      if (answer.length > ANSWER_BYTES_MAX) connection.destroy(new Error('HAProxy says more than is read'))
    })
    connection.on('end', () => {
      connection.destroy()
      resolve(answer.trim())
    })
    connection.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined
      const isGone = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE'
      reject(isGone ? new HaproxyGone(socket, { cause: error }) : error)
    })
  })
}

/** For commands that say nothing, or one of `expected`, when they are done. */
export async function tellHaproxy(
  socket: string,
  command: string,
  signal: AbortSignal,
  expected = /^$/,
): Promise<void> {
  const answer = await askHaproxy(socket, command, signal)
  if (!expected.test(answer)) throw new HaproxyRefused(command, answer)
}
