// Writes docs/reference/openapi.json from the routes themselves. Usage: node scripts/reference-api.ts
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Control } from '../src/server/control.ts'
import { createApp, openApiDocument } from '../src/server/create-app.ts'

export const API_PAGE = fileURLToPath(new URL('../docs/reference/openapi.json', import.meta.url))

export function apiPage(): string {
  const unused = () => Promise.reject(new Error('nothing is asked to write the document'))
  const control: Control = {
    traffic: {
      routes: unused,
      explain: unused,
      resolve: unused,
      plan: unused,
      lookups: unused,
      lookup: unused,
      pushLookup: unused,
      changeLookup: unused,
      removeLookup: unused,
    },
    artifacts: { add: unused, kept: unused },
    measures: { dimensions: unused, answer: unused },
    board: unused,
    act: unused,
    actEverywhere: unused,
    releases: unused,
    why: unused,
    replay: unused,
    plan: unused,
    forecast: unused,
    backlog: unused,
    revert: unused,
    audit: unused,
    settings: unused,
    auditLines: unused,
    backup: unused,
    backups: unused,
    buildLog: unused,
    instanceOutput: unused,
    seen: unused,
    addRepository: unused,
    poke: () => undefined,
    onChange: () => () => undefined,
    ready: () => ({ ready: false, why: 'nothing runs' }),
    metrics: unused,
  }
  const app = createApp({
    control,
    tokens: {
      list: unused,
      add: unused,
      revoke: unused,
      whose: unused,
      openSession: unused,
      whoseSession: unused,
      closeSession: unused,
    },
    hub: { open: unused, listeners: () => 0, endOf: () => undefined, close: () => undefined },
    webRoot: null,
    hosts: [],
    isOpen: false,
    trustLoopback: true,
    user: 'nobody',
    version: '0',
    clock: { now: () => 0, monotonicMs: () => 0, sleep: unused },
    ids: { next: (prefix) => prefix },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return `${JSON.stringify(openApiDocument(app, String(version)), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(API_PAGE), { recursive: true })
  writeFileSync(API_PAGE, apiPage())
}
