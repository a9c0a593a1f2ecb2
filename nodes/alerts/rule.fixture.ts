import { type CompiledRule, compileRule } from './compile-rule.ts'
import type { WatchedReading } from './evaluate.ts'
import { type Rule, ruleBody } from './rule.ts'

/** A rule that port 1 above 30 fires, for every device of acme, unless told otherwise. */
export const aRule = (changes: object = {}, id = 'r1'): Rule => ({
  ...ruleBody.parse({
    name: 'hot',
    severity: 'warning',
    scope: {},
    condition: { kind: 'above', port: 1, value: 30 },
    ...changes,
  }),
  id,
  createdAtMs: 0,
  sinceMs: 0,
  changedAtMs: 0,
  removedAtMs: null,
})
export const aCompiledRule = (changes: object = {}): CompiledRule => compileRule(aRule(changes), 'acme')

/** Measured at this second, and received at once. */
export const at = (seconds: number, value: number, port = 1, delayMs = 0): WatchedReading => ({
  port,
  ts: seconds * 1000,
  ingestTs: seconds * 1000 + delayMs,
  calibratedValue: value,
})
