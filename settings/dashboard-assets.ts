import { glob } from 'node:fs/promises'
import path from 'node:path'
import { build, type Metafile, type OutputFile } from 'esbuild'
import express, { type RequestHandler } from 'express'
import { problem } from '../nodes/platform/kit/endpoints/problem.ts'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}
const forever = 'private, max-age=31536000, immutable'

/**
 * Bundles the dashboards' modules and styles with the libraries that they import, and serves them from memory by their
 * exact paths, so no path leads out of it. Bundles have a name made of their contents and are cached for good; the entries
 * (`/overview.js` for `overview.ts`, and `/theme.css`) lead there and are asked for anew each time.
 */
export async function dashboardAssets(dashboardsDir: string): Promise<RequestHandler> {
  const { bundles, entries } = await bundle(dashboardsDir)
  const router = express.Router()
  router.use((req, res) => {
    const name = req.method === 'GET' ? req.path.slice(1) : ''
    const type = types[path.extname(name)] ?? ''
    const file = bundles.get(name)
    if (file !== undefined)
      return void res.set('Cache-Control', forever).type(type).send(Buffer.from(file.contents))
    const target = entries.get(name)
    if (target !== undefined)
      return void res.set('Cache-Control', 'private, no-cache').type(type).send(leadTo(target))
    return void res.status(404).type('application/problem+json').send(problem(404, 'no such file'))
  })
  return router
}

const leadTo = (target: string): string => {
  const url = JSON.stringify(`./${target}`)
  return target.endsWith('.css') ? `@import url(${url});\n` : `export * from ${url}\n`
}

interface Bundled {
  readonly bundles: ReadonlyMap<string, OutputFile>
  /** The bundle's name, by the entry's. */
  readonly entries: ReadonlyMap<string, string>
}

async function bundle(dashboardsDir: string): Promise<Bundled> {
  const entryPoints: string[] = []
  for await (const name of glob('*.{ts,css}', { cwd: dashboardsDir }))
    if (!/\.(test|fixture|d)\.ts$/.test(name)) entryPoints.push(name)
  const { outputFiles, metafile } = await build({
    absWorkingDir: dashboardsDir,
    entryPoints,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    outdir: dashboardsDir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  return {
    bundles: new Map(outputFiles.map((file) => [path.relative(dashboardsDir, file.path), file])),
    entries: entriesOf(metafile),
  }
}

const entriesOf = ({ outputs }: Metafile): Map<string, string> =>
  new Map(
    Object.entries(outputs).flatMap(([output, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[entryPoint.replace(/\.ts$/, '.js'), output] as const],
    ),
  )
