// The audit log as a file that can be kept elsewhere and proved.
import type { Command } from 'commander'
import { verifyChain } from '../../api/audit-chain.ts'
import { type Cli, define } from '../define.ts'
import { EXIT, usage } from '../failure.ts'
import { readCount } from '../words.ts'

export function auditExportCommand(cli: Cli): Command {
  return define(cli, {
    name: 'export',
    about: 'Print every event as a line of JSON, each with the hash of the one before',
    options: [['--after <position>', 'only later ones, to add to an earlier export']],
    examples: ['sluice audit export > audit.jsonl', 'sluice audit export --after 412 >> audit.jsonl'],
    json: '{"position":1,"stream":"service/shop","version":1,"type":"service-configured","data":{},"before":"000…","hash":"5fe…"}',
    run: async (run) => {
      const after = run.text('after')
      const from = after === undefined ? 0 : readCount(after, '--after', Number.MAX_SAFE_INTEGER)
      const text = new TextDecoder()
      for await (const bytes of await (await run.client()).auditExport(from))
        run.parts.stdout.write(text.decode(bytes, { stream: true }))
    },
  })
}

export function auditVerifyCommand(cli: Cli): Command {
  return define(cli, {
    name: 'verify',
    about: 'Say whether an export is whole, and which line is missing or changed; asks no server',
    arguments: [['<file>', 'an export']],
    examples: ['sluice audit verify audit.jsonl'],
    json: '{"lines":412,"problems":[],"first":1,"last":412,"hash":"5fe…"}',
    server: false,
    run: async (run, [file]) => {
      if (file === undefined) throw usage('cli/needs-file', 'which file?')
      const report = await verifyChain(await run.parts.work.linesOf(file))
      run.json(report)
      if (report.problems.length > 0) {
        if (!run.isJson) for (const { line, text } of report.problems) run.note(`${file}:${line}: ${text}`)
        return EXIT.failed
      }
      const part = report.first > 1 ? `; it begins after event ${report.first - 1}` : ''
      run.say(`${report.lines} lines are whole, up to event ${report.last} with hash ${report.hash}${part}.`)
      return EXIT.done
    },
  })
}
