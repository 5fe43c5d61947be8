// Files that people name on the command line.
import { chmod, copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { dirname } from 'node:path'
import { CliFailure, EXIT } from '../../cli/failure.ts'

export async function copyWhole(from: string, to: string): Promise<void> {
  const draft = `${to}.part`
  try {
    await mkdir(dirname(to), { recursive: true })
    await copyFile(from, draft)
    await chmod(draft, 0o600)
    const file = await open(draft, 'r')
    await file.sync().finally(() => file.close())
    await rename(draft, to)
  } catch (error) {
    await rm(draft, { force: true })
    const said = error instanceof Error ? error.message : String(error)
    throw new CliFailure(
      EXIT.failed,
      'backup/not-copied',
      `the backup is ${from} on the machine of the server, and could not be copied to ${to}: ${said}`,
      { cause: error },
    )
  }
}

export async function linesOf(file: string): Promise<AsyncIterable<string>> {
  try {
    const opened = await open(file)
    return createInterface({ input: opened.createReadStream(), crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new CliFailure(EXIT.usage, 'cli/file-unreadable', `${file} cannot be read: ${said}`, {
      cause: error,
    })
  }
}
