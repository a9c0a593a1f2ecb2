import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { digest, isFresh, readFrom, writeStamp } from './bundle-stamp.ts'
import { findWidgets, type WidgetSource, widgetsFile } from './widgets.ts'
import { writeChanged } from './write-output.ts'

/**
 * Bundles all widgets into one library, as the Dashboard loads it: UMD, with the Vue that the Dashboard has. One for all,
 * so that they share a connection to the platform. Does nothing when nothing has changed that is in it.
 */
export async function buildWidgets(nodesDir: string): Promise<boolean> {
  const widgets = await findWidgets(nodesDir)
  const resources = join(nodesDir, 'resources')
  const stampFile = join(resources, '.widgets.json')
  const made = digest(
    [await readFile(import.meta.filename, 'utf8'), ...widgets.map(({ type }) => type)].join('\n'),
  )
  if (widgets.length === 0 || (await isFresh(stampFile, nodesDir, made))) return false
  // Loaded only when there is something to bundle: it takes longer than all the rest of the build.
  const [{ build }, { default: vue }] = await Promise.all([import('vite'), import('@vitejs/plugin-vue')])
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
      // The first that have `light-dark()`, which would otherwise be written out for a colour scheme of the whole page.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
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
  await writeChanged(join(resources, 'countries.json'), await readFile(countries(), 'utf8'))
  await writeStamp(stampFile, nodesDir, made, inputs)
  return true
}

/** Outlines for maps, so that none has to come from elsewhere. */
const countries = (): string => createRequire(import.meta.url).resolve('world-atlas/countries-50m.json')

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

/** Adopted, so that no style sheet has to be loaded, whatever the content security policy. */
const adopting = (css: string): string =>
  css === ''
    ? ''
    : `{const sheet=new CSSStyleSheet();sheet.replaceSync(${JSON.stringify(css)});document.adoptedStyleSheets.push(sheet)}\n`
