import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/*
 * What was compiled, and stripped of its types, at an earlier start: it is kept with what is installed, not in a folder
 * that others may write to. Where that cannot be written to, the start takes its time.
 */
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)))

// Only what is loaded after it comes from there.
await import('./run.ts')
