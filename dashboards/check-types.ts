import { createRequire } from 'node:module'
import { run } from 'vue-tsc'

/**
 * Checks the types of what stands in components. `vue-tsc` needs a compiler with a programmatic API, which TypeScript 7 has not: the one
 * of this package.
 */
process.chdir(import.meta.dirname)
run(createRequire(import.meta.url).resolve('typescript/lib/tsc'))
