/** What at a door is an alert, and when that is over. */
import { z } from 'zod'
import type { NewAlert } from '../alerts/alert-decider.ts'
import { alertIdOf, type Alerts } from '../alerts/alerts.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'

const aboutSchema = z.object({
  podId: z.string(),
  untilMs: z.number().optional(),
  bookingId: z.string().optional(),
})

const lockOut = { ruleId: 'access:lock-out', ruleName: 'Keypad locked', severity: 'warning' } as const
const overstay = { ruleId: 'access:overstay', ruleName: 'Guest has not left', severity: 'warning' } as const

export type Trouble = 'fired' | 'over' | 'nothing'

/** What the event means to alerts; the same again changes nothing. @throws StoreUnavailable */
export async function tellAlerts(
  alerts: Pick<Alerts, 'fire' | 'resolveAll'>,
  { atMs, data, orgId, type }: DomainEvent,
  channels: readonly string[],
): Promise<Trouble> {
  const about = aboutSchema.safeParse(data).data
  if (about === undefined) return 'nothing'
  const { bookingId = '', podId: deviceId } = about
  const fire = async (rule: typeof lockOut | typeof overstay, message: string): Promise<Trouble> => {
    const of = { ...rule, deviceId, port: null, firedAtMs: atMs }
    const alert: NewAlert = { ...of, id: alertIdOf(of), value: null, message, channels: [...channels] }
    return (await alerts.fire(orgId, alert)) === undefined ? 'nothing' : 'fired'
  }
  const end = async ({ ruleId }: typeof lockOut | typeof overstay, note: string): Promise<Trouble> => {
    await alerts.resolveAll(orgId, { ruleId, deviceId }, note)
    return 'over'
  }
  switch (type) {
    case 'KeypadLocked':
      return fire(lockOut, 'Too many wrong codes: the keypad takes none for a while.')
    case 'KeypadUnlocked':
      return end(lockOut, 'the keypad takes codes again')
    case 'CodeAccepted':
      return end(lockOut, 'a right code was typed')
    case 'BookingOverstayed':
      return fire(overstay, `The time of booking ${bookingId} is over, and its guest has not left.`)
    case 'BookingExtended':
    case 'BookingCompleted':
      return end(overstay, 'the guest has left, or has booked on')
    default:
      return 'nothing'
  }
}
