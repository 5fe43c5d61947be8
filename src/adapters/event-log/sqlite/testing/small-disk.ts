import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Mounting needs root; the tests that do it say so in their names. */
export const canMount = process.getuid?.() === 0 && mountWorks()

/** A disk in memory of its own for the running test. */
export function smallDisk(options: string): {
  readonly folder: string
  readonly remount: (options: string) => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-small-disk-'))
  mount(['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, remount: (wanted) => mount(['-o', `remount,${wanted}`, folder]) }
}

function mount(words: readonly string[]): void {
  const done = spawnSync('mount', words, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`mount ${words.join(' ')}: ${done.stderr}`)
}

function mountWorks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-small-disk-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false
    spawnSync('umount', [folder])
    return true
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
