import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import express, { type RequestHandler } from 'express'
import { problem } from '../nodes/http/problem.ts'

/** Third-party modules for the browser, by the name that sources import. */
const libraries: Readonly<Record<string, string>> = {
  uplot: 'uplot/dist/uPlot.esm.js',
  'socket.io-client': 'socket.io-client/dist/socket.io.esm.min.js',
}
const libraryStyles: Readonly<Record<string, string>> = { uplot: 'uplot/dist/uPlot.min.css' }

const types: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}
const forever = 'private, max-age=31536000, immutable'

interface Asset {
  readonly body: Buffer
  readonly type: string
}

/**
 * Serves the dashboards' modules, styles and libraries. Everything is read once and looked up by its exact path, so no
 * path leads out of it. Files stand below a name made of their contents and are cached for good; the entries
 * (`/overview.js` for `overview.ts`) and `/theme.css` lead there and are asked for anew each time.
 */
export async function dashboardAssets(dashboardsDir: string): Promise<RequestHandler> {
  const files = new Map([...(await sources(dashboardsDir)), ...(await vendored())])
  const hash = createHash('sha256')
  for (const [name, { body }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update(body)
  const version = hash.digest('hex').slice(0, 16)
  const entries = new Map(
    [...files.keys()]
      .filter((name) => /^[\w-]+\.(ts|css)$/.test(name))
      .map((name) => [name.replace(/\.ts$/, '.js'), entry(name, version)]),
  )
  const router = express.Router()
  router.get(`/${version}/*`, (req, res, next) => {
    const asset = files.get(req.path.slice(version.length + 2))
    if (asset === undefined) return next()
    return void res.set('Cache-Control', forever).type(asset.type).send(asset.body)
  })
  router.use((req, res) => {
    const asset = req.method === 'GET' ? entries.get(req.path.slice(1)) : undefined
    if (asset !== undefined)
      return void res.set('Cache-Control', 'private, no-cache').type(asset.type).send(asset.body)
    return void res.status(404).type('application/problem+json').send(problem(404, 'no such file'))
  })
  return router
}

function entry(name: string, version: string): Asset {
  const isStyle = name.endsWith('.css')
  const url = JSON.stringify(`./${version}/${name}`)
  return {
    body: Buffer.from(isStyle ? `@import url(${url});\n` : `export * from ${url}\n`),
    type: types[isStyle ? '.css' : '.js'] ?? '',
  }
}

async function sources(directory: string): Promise<[string, Asset][]> {
  const assets: [string, Asset][] = []
  for await (const found of glob('**/*.{ts,css}', { cwd: directory })) {
    if (/\.(test|fixture|d)\.ts$/.test(found)) continue
    const name = found.split(path.sep).join('/')
    const text = await readFile(path.join(directory, found), 'utf8')
    const extension = path.extname(name)
    const body = extension === '.ts' ? toBrowserModule(text, name) : text
    assets.push([name, { body: Buffer.from(body), type: types[extension] ?? '' }])
  }
  return assets
}

/** Types become blanks, and a library's bare name the path where it is served. */
function toBrowserModule(source: string, name: string): string {
  const up = '../'.repeat(name.split('/').length - 1) || './'
  return stripped(source).replaceAll(
    /^((?:import|export)\b[^'"]*?from\s*)'([^'.][^']*)'/gm,
    (_, before: string, library: string) => {
      if (libraries[library] === undefined) throw new Error(`${name} imports ${library}, which is not served`)
      return `${before}'${up}vendor/${library}.js'`
    },
  )
}

/** Node calls the function experimental, once, on stderr; the stripping itself is what this platform runs on. */
function stripped(source: string): string {
  const warn = process.emitWarning.bind(process)
  process.emitWarning = (): void => undefined
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = warn
  }
}

async function vendored(): Promise<[string, Asset][]> {
  const require = createRequire(import.meta.url)
  const modules = path.dirname(path.dirname(require.resolve('uplot/package.json')))
  const read = async (name: string, file: string): Promise<[string, Asset]> => [
    name,
    { body: await readFile(path.join(modules, file)), type: types[path.extname(file)] ?? '' },
  ]
  return Promise.all([
    ...Object.entries(libraries).map(([name, file]) => read(`vendor/${name}.js`, file)),
    ...Object.entries(libraryStyles).map(([name, file]) => read(`vendor/${name}.css`, file)),
  ])
}
