// Repositories with a Python program.
import { type Finding, found, type Guess, warning } from './guess.ts'
import type { RepoFiles } from './repo-files.ts'

/**
 * Programs are started as `.venv/bin/python -m …`: scripts such as `.venv/bin/gunicorn` hold the path of the folder
 * they were installed in, and an artifact is moved to another.
 */
const PYTHON = '.venv/bin/python'
const BIND = '--bind 127.0.0.1:$PORT'

export async function guessPython(repo: RepoFiles): Promise<Guess | null> {
  const manifests = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'setup.py'].filter((name) =>
    repo.paths.includes(name),
  )
  const evidence = manifests[0] ?? repo.paths.find((path) => path === 'manage.py' || path === 'app.py')
  if (evidence === undefined) return null
  const needed = (await Promise.all(manifests.map((name) => repo.read(name)))).join('\n').toLowerCase()
  const start = await findStart(repo, needed)
  return {
    what: 'a Python program',
    build: findBuild(repo.paths),
    run: start.run,
    readsPort: start.run?.includes('$PORT') === true,
    adapt: fromEnvironment,
    findings: [found('a Python program', evidence), ...start.findings],
    questions: [],
  }
}

/** On other hosts the programs of the virtual environment are simply there. */
function fromEnvironment(command: string): string {
  return command
    .replace(/^python3?(?= )/, PYTHON)
    .replace(
      /^(?:gunicorn|uvicorn|hypercorn|daphne|flask|fastapi|waitress|streamlit)(?= )/,
      `${PYTHON} -m $&`,
    )
}

function findBuild(paths: readonly string[]): string | null {
  if (paths.includes('uv.lock')) return 'uv sync --frozen'
  if (paths.includes('poetry.lock')) return 'POETRY_VIRTUALENVS_IN_PROJECT=1 poetry install --only main'
  if (paths.includes('Pipfile.lock')) return 'PIPENV_VENV_IN_PROJECT=1 pipenv sync'
  const install = `python3 -m venv .venv && ${PYTHON} -m pip install`
  if (paths.includes('requirements.txt')) return `${install} -r requirements.txt`
  if (paths.includes('pyproject.toml') || paths.includes('setup.py')) return `${install} .`
  return 'python3 -m venv .venv'
}

type Start = { readonly run: string | null; readonly findings: readonly Finding[] }

async function findStart(repo: RepoFiles, needed: string): Promise<Start> {
  if (repo.paths.includes('manage.py')) return startDjango(repo, needed)
  for (const path of repo.paths.filter(isLikelyEntry)) {
    const text = (await repo.read(path)) ?? ''
    const app = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(FastAPI|Starlette|Flask|Quart|Sanic)\(/m.exec(text)
    if (app === null) continue
    return startApp({ path, name: app[1] ?? 'app', kind: app[2] ?? '', needed })
  }
  const main = ['app.py', 'main.py', 'server.py', 'run.py'].find((path) => repo.paths.includes(path))
  if (main === undefined) return { run: null, findings: [] }
  return { run: `${PYTHON} ${main}`, findings: [found('started by its main file', main)] }
}

function isLikelyEntry(path: string): boolean {
  return (
    /^(?:[\w-]+\/){0,2}(?:app|main|server|wsgi|asgi|api|application|__init__)\.py$/.test(path) &&
    !/(^|\/)tests?\//.test(path)
  )
}

function startApp(app: {
  readonly path: string
  readonly name: string
  readonly kind: string
  readonly needed: string
}): Start {
  const inSource = app.path.startsWith('src/')
  const module = app.path
    .replace(/^src\//, '')
    .replace(/(\/__init__)?\.py$/, '')
    .replaceAll('/', '.')
  const findings = [found(`a ${app.kind} app named \`${app.name}\``, app.path)]
  if (app.kind !== 'Flask') {
    const folder = inSource ? ' --app-dir src' : ''
    return {
      run: `${PYTHON} -m uvicorn${folder} ${module}:${app.name} --host 127.0.0.1 --port $PORT`,
      findings,
    }
  }
  const folder = inSource ? ' --chdir src' : ''
  if (app.needed.includes('gunicorn'))
    return { run: `${PYTHON} -m gunicorn${folder} ${BIND} ${module}:${app.name}`, findings }
  return {
    run: `${PYTHON} -m flask --app ${inSource ? 'src/' : ''}${module} run --port $PORT`,
    findings: [...findings, forDeveloping(app.path)],
  }
}

function startDjango(repo: RepoFiles, needed: string): Start {
  const wsgi = repo.paths.find((path) => /^(?:\w+\/)+wsgi\.py$/.test(path))
  const findings = [found('a Django project', 'manage.py')]
  if (wsgi !== undefined && needed.includes('gunicorn')) {
    return {
      run: `${PYTHON} -m gunicorn ${BIND} ${wsgi.replace(/\.py$/, '').replaceAll('/', '.')}`,
      findings,
    }
  }
  return {
    run: `${PYTHON} manage.py runserver 127.0.0.1:$PORT --noreload`,
    findings: [...findings, forDeveloping('manage.py')],
  }
}

function forDeveloping(where: string): Finding {
  return warning(
    'this starts the server for developing; add gunicorn to what it needs for a stronger one',
    where,
  )
}
