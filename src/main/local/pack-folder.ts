// A folder as a gzipped tar archive, packed by the system's tar as it is sent.
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { CliFailure, EXIT } from '../../cli/failure.ts'

export function packFolder(folder: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(packed(folder)))
}

async function* packed(folder: string): AsyncIterable<Uint8Array> {
  const tar = spawn('tar', ['-czf', '-', '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  tar.stderr.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-2_000)
  })
  const ended = new Promise<string | null>((resolve) => {
    tar.once('error', (error) => resolve(`tar cannot be run: ${error.message}`))
    tar.once('close', (code) => resolve(code === 0 ? null : `tar ended with code ${code}: ${said.trim()}`))
  })
  try {
    for await (const piece of tar.stdout) yield Buffer.from(piece)
    const wrong = await ended
    // What was sent so far has no end, and is refused for it.
    if (wrong !== null)
      throw new CliFailure(EXIT.failed, 'cli/not-packed', `${folder} could not be packed: ${wrong}`)
  } finally {
    tar.kill()
  }
}
