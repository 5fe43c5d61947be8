import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { API_PAGE, apiPage } from '../../scripts/reference-api.ts'
import { CLI_PAGE, cliPage } from '../../scripts/reference-cli.ts'
import { acts } from '../../src/api/acts.ts'

test('the page of the command line is what the commands say (node scripts/reference-cli.ts)', () => {
  expect(readFileSync(CLI_PAGE, 'utf8')).toBe(cliPage())
})

test('the OpenAPI document is what the routes say (node scripts/reference-api.ts)', () => {
  expect(readFileSync(API_PAGE, 'utf8')).toBe(apiPage())
})

test('every act has its own route with its own body', () => {
  const { paths } = JSON.parse(apiPage())
  for (const { act } of acts)
    expect(paths).toHaveProperty([
      `/api/services/{service}/acts/${act}`,
      'post',
      'requestBody',
      'content',
      'application/json',
      'schema',
    ])
})
