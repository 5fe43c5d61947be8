// The certificates in force, by host name: read from a folder, each with its key, and read again when a file changes.
// A folder that makes no sense for a moment changes nothing: the last good certificates go on serving.
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { SecureContext, Server } from 'node:tls'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

export type CertificateShelf = {
  /** For the name a client asks for; the first certificate where no other is made out to it. */
  find(serverName: string): SecureContext
  /** Keeps the server's own certificate, for clients that name no host, the first of the folder. */
  serve(server: Pick<Server, 'setSecureContext'>): void
  /** Looks again; what is wrong is logged, once. */
  reload(): Promise<void>
}

export type CertificateShelfOptions = {
  /** `NAME.crt` (or `.pem`) with the whole chain and `NAME.key`, in PEM. */
  readonly folder: string
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}

type Certificate = {
  readonly names: readonly string[]
  readonly pair: { readonly cert: Buffer; readonly key: Buffer }
  readonly context: SecureContext
}

type Shelf = {
  /** Of everything that was read. */
  readonly mark: string
  readonly first: Certificate
  readonly byName: ReadonlyMap<string, SecureContext>
}

const LOOK_EVERY_MS = 5_000

/** Throws a sentence that names the file and what is wrong where the folder is no good at the start. */
export async function createCertificateShelf(options: CertificateShelfOptions): Promise<CertificateShelf> {
  const { folder, log, clock, signal } = options
  const servers: Pick<Server, 'setSecureContext'>[] = []
  let shelf = await readShelf(folder)
  let lastTrouble = ''
  const reload = async () => {
    try {
      const read = await readShelf(folder)
      lastTrouble = ''
      if (read.mark === shelf.mark) return
      shelf = read
      for (const server of servers) server.setSecureContext(shelf.first.pair)
      log.info({ folder, hosts: read.byName.size }, 'certificates were read anew')
    } catch (error) {
      const trouble = error instanceof Error ? error.message : String(error)
      const isNew = trouble !== lastTrouble
      if (isNew) log.error({ folder, error: trouble }, 'certificates cannot be used; those before serve on')
      lastTrouble = trouble
    }
  }
  const watch = async () => {
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      if (!signal.aborted) await reload()
    }
  }
  void watch()
  return {
    reload,
    serve(server) {
      servers.push(server)
      server.setSecureContext(shelf.first.pair)
    },
    find(serverName) {
      const name = serverName.toLowerCase()
      const wildcard = `*${name.slice(name.indexOf('.'))}`
      return shelf.byName.get(name) ?? shelf.byName.get(wildcard) ?? shelf.first.context
    },
  }
}

async function readShelf(folder: string): Promise<Shelf> {
  const files = (await readdir(folder)).filter((name) => /\.(crt|pem)$/.test(name)).toSorted()
  const hash = createHash('sha256')
  const certificates: Certificate[] = []
  for (const file of files) {
    const certificate = await readCertificate(join(folder, file))
    certificates.push(certificate)
    hash.update(certificate.pair.cert).update(certificate.pair.key)
  }
  const [first] = certificates
  if (first === undefined) {
    throw new Error(`${folder} has no certificate: put NAME.crt and NAME.key there, in PEM`)
  }
  const byName = new Map<string, SecureContext>()
  for (const { names, context } of certificates) {
    for (const name of names) if (!byName.has(name)) byName.set(name, context)
  }
  return { mark: hash.digest('hex'), first, byName }
}

async function readCertificate(path: string): Promise<Certificate> {
  const keyPath = path.replace(/\.(crt|pem)$/, '.key')
  const cert = await readFile(path)
  const key = await readFile(keyPath).catch((cause: unknown) => {
    throw new Error(`${path} has no key beside it; ${basename(keyPath)} is missing`, { cause })
  })
  const certificate = parsed(path, () => new X509Certificate(cert))
  const privateKey = parsed(keyPath, () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(`${basename(keyPath)} is not the key of ${path}`)
  }
  const pair = { cert, key }
  return { names: namesOf(certificate), pair, context: createSecureContext(pair) }
}

function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new Error(`${path} cannot be read as PEM`, { cause })
  }
}

function namesOf(certificate: X509Certificate): readonly string[] {
  const entries = (certificate.subjectAltName ?? '').split(', ')
  return entries.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).toLowerCase()] : []))
}
