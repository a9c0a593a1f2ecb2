import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { digest, isFresh, readFrom, writeStamp } from './bundle-stamp.ts'
import { writeChanged } from './write-output.ts'

/**
 * Bundles the customers' page, with a Vue of its own: a script, that of its service worker and a style sheet in `app/` below `resources`. Does nothing
 * when nothing has changed that is in it.
 *
 * @param source the folder with `app-root.vue`
 */
export async function buildApp(source: string, resources: string): Promise<boolean> {
  const output = join(resources, 'app')
  const stampFile = join(output, '.app.json')
  const made = digest(await readFile(import.meta.filename, 'utf8'))
  if (await isFresh(stampFile, source, made)) return false
  const [{ build }, { default: vue }] = await Promise.all([import('vite'), import('@vitejs/plugin-vue')])
  const inputs = new Set<string>()
  const built = await build({
    configFile: false,
    root: source,
    logLevel: 'warn',
    publicDir: false,
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    plugins: [entry(join(source, 'app-root.vue')), vue({ isProduction: true }), readFrom(inputs)],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      cssCodeSplit: false,
      lib: {
        entry: { app: entryName, worker: join(source, 'worker.ts') },
        formats: ['es'],
        fileName: (_, name) => `${name}.js`,
      },
    },
  })
  let css = ''
  for (const each of [built].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []))) {
    if (each.type === 'chunk') await writeChanged(join(output, each.fileName), each.code)
    else if (each.fileName.endsWith('.css')) css += each.source.toString()
  }
  await writeChanged(join(output, 'app.css'), css)
  await writeStamp(stampFile, source, made, inputs)
  return true
}

const entryName = 'virtual:app'
const resolvedEntry = '\0app'

const entry = (root: string): Plugin => ({
  name: 'app',
  resolveId: (id) => (id.endsWith(entryName) ? resolvedEntry : undefined),
  load: (id) =>
    id === resolvedEntry
      ? `import { createApp } from 'vue'\nimport App from ${JSON.stringify(root)}\ncreateApp(App).mount('#app')\n`
      : undefined,
})
