import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCertificateShelf } from '../../src/router/certificate-shelf.ts'
import { arm, echoHead, rawRequest, startLab, startRelease, stateFolder, systemClock } from './router-lab.ts'

/** A certificate for the names, signed by itself. */
function makeCertificate(folder: string, file: string, names: readonly string[]): void {
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${file}`, '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
    ...['-keyout', join(folder, `${file}.key`), '-out', join(folder, `${file}.crt`)],
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
}

function opensslIsMissing(): boolean {
  const missing = spawnSync('openssl', ['version']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('openssl is not installed; this test needs it')
  if (missing) console.warn('skipped: openssl is not installed')
  return missing
}

async function certificates(): Promise<string> {
  const folder = await stateFolder()
  makeCertificate(folder, 'a-shop', ['shop.localhost', '*.shop.localhost'])
  makeCertificate(folder, 'b-other', ['other.example.com'])
  return folder
}

/** The name that the certificate shown for this host was made out to. */
async function shownFor(port: number, servername: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

describe.skipIf(opensslIsMissing())('TLS', () => {
  async function tlsLab(listener = echoHead) {
    const folder = await certificates()
    const lab = await startLab({ tls: { ports: [0], certificates: folder } })
    const release = await startRelease('r12', listener)
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    return { lab, folder, port: lab.router.tlsPorts[0] ?? 0 }
  }

  test('is spoken with real clients, which the release is told', async () => {
    const { port } = await tlsLab()
    const body = await new Promise<string>((resolve, reject) => {
      const headers = { Host: 'shop.localhost' }
      const options = {
        port,
        host: '127.0.0.1',
        path: '/x',
        method: 'POST',
        headers,
        rejectUnauthorized: false,
      }
      const asked = request(options, (answer) => {
        let text = ''
        answer.on('data', (part) => (text += String(part)))
        answer.on('end', () => resolve(text))
      })
      asked.on('error', reject)
      asked.end('a body')
    })
    const { raw } = JSON.parse(body) as { raw: string[] }
    expect(raw[raw.indexOf('X-Forwarded-Proto') + 1]).toBe('https')
  })

  test('shows the certificate of the name that was asked for, the first for any other', async () => {
    const { port } = await tlsLab()
    expect(await shownFor(port, 'shop.localhost')).toBe('a-shop')
    expect(await shownFor(port, 'staging.shop.localhost')).toBe('a-shop')
    expect(await shownFor(port, 'other.example.com')).toBe('b-other')
    expect(await shownFor(port, 'deep.er.shop.localhost')).toBe('a-shop')
    expect(await shownFor(port, 'nobody.example.com')).toBe('a-shop')
    expect(await shownFor(port, '')).toBe('a-shop')
  })

  test('carries 20 MB each way unchanged, and a client that does not read stops the release', async () => {
    const { port } = await tlsLab((req, res) => void req.pipe(res))
    const bytes = 20 * 1024 * 1024
    let got = 0
    await new Promise<void>((resolve, reject) => {
      const headers = { Host: 'shop.localhost' }
      const options = { port, host: '127.0.0.1', method: 'POST', headers, rejectUnauthorized: false }
      const asked = request(options, (answer) => {
        answer.on('data', (part: Buffer) => (got += part.length))
        answer.on('end', resolve)
      })
      asked.on('error', reject)
      const piece = Buffer.alloc(64 * 1024)
      const write = (left: number) => {
        if (left === 0) asked.end()
        else if (asked.write(piece)) setImmediate(write, left - piece.length)
        else asked.once('drain', () => write(left - piece.length))
      }
      write(bytes)
    })
    expect(got).toBe(bytes)
  })

  test('of a client that speaks plain HTTP ends, and others go on', async () => {
    const { port } = await tlsLab()
    expect(await rawRequest(port, 'GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')).not.toContain('HTTP/1.1')
    expect(await shownFor(port, 'shop.localhost')).toBe('a-shop')
  })
})

describe.skipIf(opensslIsMissing())('certificates', () => {
  async function shelfOf(folder: string) {
    const ended = new AbortController()
    onTestFinished(() => ended.abort())
    const told: string[] = []
    const note = (fields: Record<string, unknown>) =>
      void told.push(JSON.stringify(fields['error'] ?? 'fine'))
    const log = { debug: note, info: note, warn: note, error: note }
    const shelf = await createCertificateShelf({ folder, log, clock: systemClock, signal: ended.signal })
    return { shelf, told }
  }

  test('that were replaced are used for the next connection, without a restart', async () => {
    const folder = await certificates()
    const { shelf } = await shelfOf(folder)
    const before = shelf.find('new.example.com')
    makeCertificate(folder, 'c-new', ['new.example.com'])
    await shelf.reload()
    expect(shelf.find('new.example.com')).not.toBe(before)
  })

  test('whose key does not match change nothing, and are told once', async () => {
    const folder = await certificates()
    const { shelf, told } = await shelfOf(folder)
    const before = shelf.find('other.example.com')
    cpSync(join(folder, 'a-shop.key'), join(folder, 'b-other.key'))
    await shelf.reload()
    await shelf.reload()
    expect(shelf.find('other.example.com')).toBe(before)
    expect(told).toEqual([expect.stringContaining('b-other.key is not the key of')])
  })

  test('that are not there are told with what to do', async () => {
    await expect(shelfOf(await stateFolder())).rejects.toThrow('put NAME.crt and NAME.key there')
  })
})
