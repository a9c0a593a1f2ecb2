import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/*
 * What was compiled, and stripped of its types, at an earlier start: it is kept with what is installed, not in a folder
 * that others may write to. Where that cannot be written to, the start takes its time. Threads find the folder in the
 * environment. Where all is there, what strips types is not loaded, and its 18 MB a thread are spared: hence no
 * TypeScript in this file, which is loaded before.
 */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../node_modules/.cache/compile', import.meta.url),
)
enableCompileCache()

// Only what is loaded after it comes from there.
await import('./run.ts')
