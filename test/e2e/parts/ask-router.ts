import { request } from 'node:http'

export type RouterAnswer = { readonly status: number; readonly body: string }

/** One GET / with a Host of its own, which fetch would not send. */
export function askRouter(port: number, host: string): Promise<RouterAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, headers: { host }, agent: false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: body.trim() }))
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}
