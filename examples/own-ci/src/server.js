// What customers see: which commit they are served by.
const { readFileSync } = require('node:fs')
const { createServer } = require('node:http')

const version = readFileSync(`${__dirname}/version.txt`, 'utf8').trim()

createServer((_request, response) => response.end(`built by CI of ${version}\n`)).listen(
  process.env.PORT,
  '127.0.0.1',
)
