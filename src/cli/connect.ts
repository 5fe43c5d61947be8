// Finds the server: what was typed, what the environment says, what runs on this machine.
import { readFile } from 'node:fs/promises'
import { type Client, createClient } from '../api/client.ts'
import { readServerRecord, serverRecordFile, stateFolder } from '../api/server-record.ts'
import { startRefusal } from '../api/start-refusal.ts'
import { CliFailure, EXIT, usage } from './failure.ts'
import type { CliParts } from './parts.ts'

export type ServerOptions = { readonly server: string | undefined; readonly tokenFile: string | undefined }

export async function connect(parts: CliParts, options: ServerOptions): Promise<Client> {
  const address = await findAddress(parts, options.server)
  const token = await findToken(parts, options.tokenFile)
  const { protocol, hostname } = new URL(address)
  if (token !== null && protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(hostname))
    parts.stderr.write(`Mind: the token goes to ${hostname} unencrypted; use https.\n`)
  return createClient({ address, token, onVersion: (version) => tellMismatch(parts, version) })
}

/** True when somebody named a server; then this machine's own files are not meant. */
export function namesServer(parts: CliParts, server: string | undefined): boolean {
  return (server ?? parts.env['SLUICE_SERVER'] ?? '') !== ''
}

async function findAddress(parts: CliParts, typed: string | undefined): Promise<string> {
  const named = typed ?? parts.env['SLUICE_SERVER'] ?? ''
  if (named !== '') {
    const address = /^https?:\/\//.test(named) ? named : `http://${named}`
    if (URL.canParse(address)) return address.replace(/\/+$/, '')
    throw usage(
      'cli/bad-server',
      `${JSON.stringify(named)} is not the address of a server; write http://host:port`,
    )
  }
  const state = stateFolder(parts.env)
  const record = await readServerRecord(state)
  if (record !== null) return record.address
  const refusal = startRefusal(state)
  if (refusal !== null) throw new CliFailure(EXIT.failed, 'cli/start-refused', refusedWords(refusal))
  throw new CliFailure(
    EXIT.failed,
    'cli/no-server',
    `no server runs on this machine (there is no ${serverRecordFile(state)}).\nStart one with: sluice up\nOr name one with --server or SLUICE_SERVER.`,
  )
}

export function refusedWords(refusal: string): string {
  return `the server of this machine refused to start: ${refusal}\nWhat was running goes on meanwhile. When it is mended: sluice up`
}

async function findToken(parts: CliParts, file: string | undefined): Promise<string | null> {
  if (file !== undefined) {
    try {
      const token = (await readFile(file, 'utf8')).trim()
      if (token !== '') return token
    } catch (error) {
      throw new CliFailure(
        EXIT.usage,
        'cli/no-token-file',
        `cannot read the token in ${file}; check the path`,
        {
          cause: error,
        },
      )
    }
    throw usage(
      'cli/no-token-file',
      `${file} is empty; put a token into it, made by: sluice token add <name>`,
    )
  }
  const token = parts.env['SLUICE_TOKEN']?.trim() ?? ''
  return token === '' ? null : token
}

function tellMismatch(parts: CliParts, serverVersion: string): void {
  if (serverVersion === parts.version) return
  parts.stderr.write(
    `Mind: this is sluice ${parts.version}, the server is ${serverVersion}. Install the server’s version if something is missing or looks odd.\n`,
  )
}
