import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testServers } from '../../test/fakes/running-server.ts'

const start = testServers()

describe('the page', () => {
  async function built() {
    const one = await start()
    const webRoot = join(one.folder, 'web')
    await mkdir(join(webRoot, 'assets'), { recursive: true })
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>board</title>')
    await writeFile(join(webRoot, 'assets/app-Bx7_k2Qd.js'), 'export {}')
    await writeFile(join(one.folder, 'secret.txt'), 'not yours')
    return start({ webRoot })
  }

  test('client routes get the page, hashed files stay for ever, missing files are 404', async () => {
    const { url } = await built()
    for (const path of ['/', '/audit', '/services/shop/releases/12']) {
      const answer = await fetch(url + path)
      expect(await answer.text()).toContain('<title>board')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
    }
    const script = await fetch(`${url}/assets/app-Bx7_k2Qd.js`)
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('content-type')).toContain('javascript')
    expect((await fetch(`${url}/assets/app-gone1234.js`)).status).toBe(404)
  })

  test('no path leads out of its folder', async () => {
    const { server } = await built()
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..\\..\\secret.txt',
      '//secret.txt',
      '/%00',
    ]) {
      const answer = await rawPath(server.port, path)
      expect(answer).not.toContain('not yours')
      expect(answer).not.toContain(' 500 ')
    }
  })

  test('a page that is not built says so', async () => {
    const { url } = await start()
    const answer = await fetch(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('not built')
  })
})

function rawPath(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (bytes) => (text += String(bytes)))
    socket.once('close', () => resolve(text))
    socket.once('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  })
}
