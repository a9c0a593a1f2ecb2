import { parseArgs } from 'node:util'

export interface Options {
  readonly json: string | undefined
  readonly days: number
  readonly ports: number
  readonly intervalSeconds: number
  /** Requests of each kind. */
  readonly rounds: number
}

export const usage = `npm run bench -- history [options]
  --days N            how much history (default 365)
  --ports N           of the device (default 7)
  --interval S        seconds between readings of a port (default 120)
  --rounds N          requests of each kind (default 100)
  --quick             everything small: to see that it works, not to measure
  --json FILE         all figures`

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      days: { type: 'string' },
      ports: { type: 'string', default: '7' },
      interval: { type: 'string', default: '120' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  return {
    json: values.json,
    days: positive(values.days ?? (values.quick ? '60' : '365')),
    ports: positive(values.ports),
    intervalSeconds: positive(values.interval),
    rounds: positive(values.rounds ?? (values.quick ? '10' : '100')),
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${text} is not a positive whole number\n${usage}`)
  return value
}
