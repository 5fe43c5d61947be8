// One visitor who asks once, by the address of a service or stage.
import { request } from 'node:http'

export type Visit = { readonly status: number; readonly body: string }

/** Status 0 where nobody answered; the body then says why. */
export function visit(
  port: number,
  host: string,
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, headers: { ...headers, host }, timeout: 10_000 },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (text: string) => {
          body += text
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
        answer.on('error', (error) => resolve({ status: 0, body: error.message }))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')))
    asked.on('error', (error) => resolve({ status: 0, body: error.message }))
    asked.end()
  })
}
