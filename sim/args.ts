import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util'
import { z } from 'zod'
import { durationSchema } from './duration.ts'
import { parseFaults, type FaultPlan } from './fault-plan.ts'
import { chooseSource, type Source } from './source.ts'

export interface SimOptions {
  readonly source: Source
  readonly mqttUrl: string
  readonly intervalMs: number | undefined
  readonly durationMs: number | undefined
  readonly seed: string
  readonly faults: FaultPlan
}

export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] }
  | { readonly kind: 'run'; readonly options: SimOptions }

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const

const OPTIONS: Readonly<Record<string, ParseArgsOptionDescriptor>> = {
  class: texts,
  devices: text,
  prefix: text,
  credentials: text,
  interval: text,
  duration: text,
  seed: text,
  url: text,
  mqtt: text,
  org: text,
  token: text,
  email: text,
  password: text,
  fault: texts,
  help: { type: 'boolean', short: 'h' },
}

const nonEmpty = z.string().min(1, 'must not be empty')

const valuesSchema = z.object({
  devices: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'give a whole number from 1')
    .transform(Number)
    .optional(),
  interval: durationSchema.optional(),
  duration: durationSchema.optional(),
  seed: nonEmpty.default('1'),
  url: z.url({ protocol: /^https?$/, error: 'give an http(s) address' }).default('http://127.0.0.1:1880'),
  mqtt: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: 'give an mqtt(s) or ws(s) address' })
    .default('mqtt://127.0.0.1:1883'),
  token: nonEmpty.optional(),
  email: nonEmpty.optional(),
  password: nonEmpty.optional(),
  org: nonEmpty.default('Simulated fleet'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'use up to 40 letters, digits, - and _')
    .default('sim'),
  credentials: nonEmpty.optional(),
})

/** Reads the command line as a whole, so that every mistake is told at once. */
export function parseCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const typed = readTokens(args)
  if (typed.help) return { kind: 'help' }
  const values = valuesSchema.safeParse(typed.single)
  const faults = parseFaults(typed.faults)
  const source = chooseSource(typed.single, values.data, typed.classes, env)
  const mistakes = [
    ...typed.mistakes,
    ...(values.error?.issues ?? []).map((issue) => {
      const option = String(issue.path[0])
      return `--${option} ${typed.single[option] ?? ''}: ${issue.message}`
    }),
    ...faults.mistakes,
    ...source.mistakes,
  ]

  if (mistakes.length > 0 || source.source === undefined || values.data === undefined) {
    return { kind: 'mistakes', mistakes }
  }
  const { mqtt, interval, duration, seed } = values.data
  return {
    kind: 'run',
    options: {
      source: source.source,
      mqttUrl: mqtt,
      intervalMs: interval,
      durationMs: duration,
      seed,
      faults: faults.plan,
    },
  }
}

interface Typed {
  readonly help: boolean
  readonly single: Readonly<Record<string, string>>
  readonly classes: readonly string[]
  readonly faults: readonly string[]
  readonly mistakes: readonly string[]
}

// Not in parseArgs' strict mode, which stops at the first mistake.
function readTokens(args: readonly string[]): Typed {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const single: Record<string, string> = {}
  const classes: string[] = []
  const faults: string[] = []
  const mistakes: string[] = []
  let help = false
  for (const token of tokens) {
    if (token.kind === 'positional') mistakes.push(`${token.value}: not an option; options start with --`)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    if (!Object.hasOwn(OPTIONS, name)) mistakes.push(`${rawName}: there is no such option; see --help`)
    else if (name === 'help') help = true
    else if (value === undefined || (!inlineValue && value.startsWith('--'))) {
      mistakes.push(`${rawName}: a value is missing`)
    } else if (name === 'class') classes.push(value)
    else if (name === 'fault') faults.push(value)
    else single[name] = value
  }
  return { help, single, classes, faults, mistakes }
}
