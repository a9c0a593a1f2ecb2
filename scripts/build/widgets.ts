import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { build, type Plugin, version } from 'vite'
import { z } from 'zod'
import { filesOf } from './discover.ts'
import { writeChanged } from './write-output.ts'

/** Below the package's `resources`, from where Node-RED serves it. */
export const widgetsFile = 'widgets.umd.js'

export interface WidgetSource {
  /** Of the node, and of its folder. */
  readonly type: string
  /** What the Dashboard asks the library for. */
  readonly component: string
  readonly file: string
}

/** The halves of widgets that run in the browser: `widget.vue` in the node's folder. */
export async function findWidgets(nodesDir: string): Promise<readonly WidgetSource[]> {
  const files = await filesOf(nodesDir, '*/*/widget.vue')
  return files.map((file) => {
    const type = file.split('/')[1] ?? ''
    return { type, component: componentOf(type), file: join(nodesDir, file) }
  })
}

/** `ui-port-chart` is `UiPortChart`. */
const componentOf = (type: string): string =>
  type.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const stampSchema = z.object({ made: z.string(), files: z.record(z.string(), z.string()) })

/**
 * Bundles all widgets into one library, as the Dashboard loads it: UMD, with the Vue that the Dashboard has. One for all,
 * so that they share a connection to the platform. Does nothing when nothing has changed that is in it.
 */
export async function buildWidgets(nodesDir: string): Promise<boolean> {
  const widgets = await findWidgets(nodesDir)
  const resources = join(nodesDir, 'resources')
  const stampFile = join(resources, '.widgets.json')
  const made = digest(
    [version, await readFile(import.meta.filename, 'utf8'), ...widgets.map(({ type }) => type)].join('\n'),
  )
  if (widgets.length === 0 || (await isFresh(stampFile, nodesDir, made))) return false
  const inputs = new Set<string>()
  const output = await build({
    configFile: false,
    root: nodesDir,
    logLevel: 'warn',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [entryOf(widgets), vue({ isProduction: true }), readFrom(inputs)],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      cssCodeSplit: false,
      lib: { entry: entryName, formats: ['umd'], name: 'fleetloomWidgets', fileName: () => widgetsFile },
      rolldownOptions: { external: ['vue'], output: { globals: { vue: 'Vue' } } },
    },
  })
  const bundles = Array.isArray(output) ? output : [output]
  let code = ''
  let css = ''
  for (const each of bundles.flatMap((bundle) => ('output' in bundle ? bundle.output : []))) {
    if (each.type === 'chunk') code += each.code
    else if (each.fileName.endsWith('.css')) css += each.source.toString()
  }
  await writeChanged(join(resources, widgetsFile), `${adopting(css)}${code}`)
  const files: Record<string, string> = {}
  for (const file of [...inputs].toSorted())
    files[relative(nodesDir, file)] = digest(await readFile(file, 'utf8'))
  await writeChanged(stampFile, `${JSON.stringify({ made, files }, undefined, 2)}\n`)
  return true
}

const entryName = 'virtual:widgets'
const resolvedEntry = '\0widgets'

/** The Dashboard looks for a library by the node's type, and in it for the component. */
const entryOf = (widgets: readonly WidgetSource[]): Plugin => ({
  name: 'widgets',
  resolveId: (id) => (id.endsWith(entryName) ? resolvedEntry : undefined),
  load: (id) =>
    id === resolvedEntry
      ? widgets
          .map(
            ({ type, component, file }) =>
              `import ${component} from ${JSON.stringify(file)}\n(globalThis['${type}'] ??= {}).${component} = ${component}\nexport { ${component} }\n`,
          )
          .join('')
      : undefined,
})

/** Notes our own files that go into it; packages change with the lock file, and with it everything is installed anew. */
const readFrom = (inputs: Set<string>): Plugin => ({
  name: 'inputs',
  moduleParsed({ id }) {
    const [file = ''] = id.split('?')
    if (file.startsWith('/') && !file.includes('/node_modules/')) inputs.add(file)
  },
})

/** Adopted, so that no style sheet has to be loaded, whatever the content security policy. */
const adopting = (css: string): string =>
  css === ''
    ? ''
    : `{const sheet=new CSSStyleSheet();sheet.replaceSync(${JSON.stringify(css)});document.adoptedStyleSheets.push(sheet)}\n`

async function isFresh(stampFile: string, nodesDir: string, made: string): Promise<boolean> {
  try {
    const stamp = stampSchema.parse(JSON.parse(await readFile(stampFile, 'utf8')))
    if (stamp.made !== made) return false
    for (const [file, known] of Object.entries(stamp.files))
      if (digest(await readFile(join(nodesDir, file), 'utf8')) !== known) return false
    return true
  } catch {
    return false
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
