import { z } from 'zod'

const FAULTS = {
  'lost-acks': 'of the command acknowledgments are never sent',
  'late-acks': 'of the command acknowledgments are sent 1 to 60 seconds late',
  'duplicate-acks': 'of the command acknowledgments are sent twice',
  duplicates: 'of the messages are sent twice',
  'out-of-order': 'of the readings and events are overtaken by the next',
  'clock-skew': 'of the devices have a clock that is wrong by 1 minute to 2 hours',
  malformed: 'of the telemetry payloads are damaged',
  offline: 'of the reports come with the network gone for 5 to 30 seconds',
  'wrong-pins': 'of the reports come with somebody guessing at the keypad',
} as const

export type FaultName = keyof typeof FAULTS

/** The share, from 0 to 1, in which each fault happens. */
export type FaultPlan = Readonly<Partial<Record<FaultName, number>>>

export const NO_FAULTS: FaultPlan = {}

const FAULT_NAMES = Object.keys(FAULTS).filter(isFaultName)

export const FAULT_HELP: readonly string[] = FAULT_NAMES.map(
  (name) => `${name}=SHARE`.padEnd(25) + FAULTS[name],
)

const shareSchema = z
  .string()
  .regex(/^\d*\.?\d+$/)
  .transform(Number)
  .pipe(z.number().max(1))

export interface ParsedFaults {
  readonly plan: FaultPlan
  readonly mistakes: readonly string[]
}

/** Reads `name=share` entries; each mistake names the entry as it was typed. */
export function parseFaults(entries: readonly string[]): ParsedFaults {
  const plan: Partial<Record<FaultName, number>> = {}
  const mistakes: string[] = []
  for (const entry of entries) {
    const [name = '', ...rest] = entry.split('=')
    const share = shareSchema.safeParse(rest.join('='))
    if (!isFaultName(name)) {
      mistakes.push(`--fault ${entry}: there is no fault "${name}"; choose from ${FAULT_NAMES.join(', ')}`)
    } else if (!share.success) {
      mistakes.push(`--fault ${entry}: give a share from 0 to 1, such as ${name}=0.1`)
    } else if (name in plan) {
      mistakes.push(`--fault ${entry}: ${name} is given twice`)
    } else {
      plan[name] = share.data
    }
  }
  return { plan, mistakes }
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name)
}
