// One GET in HTTP/2 over clear text, on a connection of its own: how one that speaks nothing else is asked whether it is well.
import { connect } from 'node:http2'

/** The status of the answer; rejects when there is none. */
export function askOverHttp2(
  to: { readonly host: string; readonly port: number; readonly path: string },
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const host = to.host.includes(':') ? `[${to.host}]` : to.host
    const session = connect(`http://${host}:${to.port}`)
    const end = () => session.destroy(new Error('nothing came in time'))
    session.on('error', reject)
    session.on('close', () => {
      signal.removeEventListener('abort', end)
      reject(new Error('the connection was closed'))
    })
    const stream = session.request({ ':path': to.path, 'user-agent': 'sluice-health' })
    stream.on('error', reject)
    stream.on('response', (headers) => {
      resolve(Number(headers[':status']))
      // The status is the answer; an endless body must hold up nobody.
      session.destroy()
    })
    stream.end()
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
}
