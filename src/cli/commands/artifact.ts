import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { Readable } from 'node:stream'
import { Command } from 'commander'
import { CHECKSUM, PROVENANCE_MAX, PROVENANCE_SENT_MAX, WHOLE_SHA } from '../../api/artifact.ts'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { EXIT, type ExitCode, usage } from '../failure.ts'
import { plain, sayTime } from '../words.ts'

export function artifactCommand(cli: Cli): Command {
  return new Command('artifact')
    .description('What your own CI built, for a service whose config says build: elsewhere')
    .addCommand(addArtifact(cli))
    .addCommand(listArtifacts(cli))
}

function addArtifact(cli: Cli): Command {
  return define(cli, {
    name: 'add',
    about:
      'Add what was built of a commit. The first one stands; one that comes before its commit is merged is kept for a week',
    arguments: [['<path>', 'a folder, or a tar archive, gzipped or not']],
    options: [
      ['--sha <commit>', 'the whole name of the commit it was built of'],
      ['--checksum <sum>', 'sha256:… of the archive; what comes in otherwise is refused'],
      ['--provenance <text>', 'how and where it was built, or a file that says so; kept beside it'],
      SERVICE,
    ],
    examples: [
      'sluice artifact add dist --service shop --sha "$GITHUB_SHA"',
      'sluice artifact add shop.tgz --sha "$CI_COMMIT_SHA" --checksum "sha256:$(sha256sum < shop.tgz | cut -c1-64)" --provenance "$CI_JOB_URL"',
    ],
    json: '{"done":true,"refusal":null,"text":"the artifact of #12 was added: sha256-3f2a…","artifact":"sha256-3f2a…","checksum":"sha256:9b1c…","sizeBytes":48213,"release":12}',
    run: async (run, [path = '']): Promise<ExitCode> => {
      const sha = run.text('sha')?.toLowerCase()
      if (sha === undefined || !WHOLE_SHA.test(sha))
        throw usage(
          'cli/needs-sha',
          'give --sha with the whole name of the commit, such as --sha "$(git rev-parse HEAD)"',
        )
      const archive = await openArchive(run, path)
      const checksum = run.text('checksum')
      if (checksum !== undefined && archive.isFolder)
        throw usage(
          'cli/no-checksum',
          'a checksum is of an archive, and a folder is packed as it is sent; pack it yourself, or leave --checksum out',
        )
      if (checksum !== undefined && !CHECKSUM.test(checksum))
        throw usage(
          'cli/bad-checksum',
          `${plain(checksum)} is not a checksum; write sha256: and 64 hexadecimal digits`,
        )
      const provenance = await provenanceOf(run)
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const outcome = await client.addArtifact(service, sha, { checksum, provenance }, archive.open())
      run.json(outcome)
      if (outcome.refusal !== null) {
        if (!run.isJson) run.note(`Refused: ${plain(outcome.refusal.text)} (${outcome.refusal.code})`)
        return EXIT.refused
      }
      run.say(`${plain(outcome.text)}`)
      return EXIT.done
    },
  })
}

function listArtifacts(cli: Cli): Command {
  return define(cli, {
    name: 'list',
    about: 'List artifacts whose commit is not merged yet',
    options: [SERVICE],
    examples: ['sluice artifact list --service shop'],
    json: '[{"sha":"3f2a…","artifact":"sha256-…","sizeBytes":48213,"checksum":"sha256:…","provenance":null,"at":1763629200000,"by":{"kind":"person","name":"ci"},"until":1764234000000}]',
    run: async (run) => {
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const kept = await client.keptArtifacts(service)
      run.json(kept)
      if (kept.length === 0) run.say('No artifact waits for its commit.')
      const now = run.parts.now()
      for (const { sha, artifact, at, by, until } of kept)
        run.say(
          `${sha.slice(0, 10)}  ${artifact.slice(0, 19)}  added ${sayTime(at, now)} by ${by.kind === 'person' ? plain(by.name) : by.rule}, kept until ${sayTime(until, now)}`,
        )
    },
  })
}

async function openArchive(run: Run, path: string) {
  const place = isAbsolute(path) ? path : join(run.parts.folder, path)
  const found = await stat(place).catch(() => undefined)
  if (!found?.isFile() && !found?.isDirectory())
    throw usage('cli/no-file', `there is no file and no folder ${plain(path)}; check the path`)
  const isFolder = found.isDirectory()
  return {
    isFolder,
    open: () => (isFolder ? run.parts.work.packFolder(place) : Readable.toWeb(createReadStream(place))),
  }
}

/** A file where there is one of that name, else the text itself. */
async function provenanceOf(run: Run): Promise<string | undefined> {
  const given = run.text('provenance')
  if (given === undefined) return undefined
  const place = isAbsolute(given) ? given : join(run.parts.folder, given)
  const isFile = await stat(place).then(
    (found) => found.isFile(),
    () => false,
  )
  const text = isFile ? (await run.parts.readFile(place)).trim() : given
  if (text.length > PROVENANCE_MAX || encodeURIComponent(text).length > PROVENANCE_SENT_MAX)
    throw usage(
      'cli/long-provenance',
      `the provenance is longer than ${PROVENANCE_MAX} characters; give the address and the digest of the document instead`,
    )
  return text
}
