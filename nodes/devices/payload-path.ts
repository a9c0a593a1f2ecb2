import { z } from 'zod'

const segment = '(?:[\\p{L}\\p{N}_$-]+|"[^"]+")'
const pathPattern = new RegExp(`^${segment}(?:\\.${segment})*$`, 'u')
const unquoted = /"([^"]+)"|[^."]+/g

/** The keys on the way to a value; a number finds its place in an array. */
export const segmentsOf = (path: string): readonly string[] =>
  path.includes('"') ? Array.from(path.matchAll(unquoted), ([all, quoted]) => quoted ?? all) : path.split('.')

/** Dotted; a key with anything else than letters, digits, _ $ or - in it stands in quotes: `env."air:temp"`. */
export const pathSchema = z
  .string()
  .max(512)
  .regex(pathPattern, 'must be a dotted path such as env.temperature or env."air temperature"')
  .refine(
    (path) =>
      segmentsOf(path).every((key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype'),
    'must not name a prototype',
  )
