import type { Billing } from '../nodes/billing/domain.ts'
import type { Booking } from '../nodes/booking/domain.ts'
import { everyDay, type PodSettings } from '../nodes/booking/pod.ts'
import type { DemoUser } from './users.ts'

export interface DemoPodParts {
  readonly booking: { readonly pods: Pick<Booking['pods'], 'get' | 'save'> }
  readonly billing: { readonly ledger: Pick<Billing['ledger'], 'post'> }
}

const usual = {
  timeZone: 'Europe/Rome',
  openingHours: everyDay('07:00', '23:00'),
  slotMinutes: 30,
  minSlots: 1,
  maxSlots: 8,
  bufferMinutes: 0,
  creditsPerSlot: 2,
  accessMode: 'online',
} as const

/** By the device that is the pod. */
const pods: Readonly<Record<string, PodSettings>> = {
  'demo-sleep-pod-1': {
    ...usual,
    name: 'Termini',
    address: 'Via Marsala 29, Roma',
    location: { latitude: 41.9, longitude: 12.5 },
  },
  'demo-sleep-pod-2': {
    ...usual,
    name: 'Trastevere',
    address: 'Viale di Trastevere 60, Roma',
    location: { latitude: 41.889, longitude: 12.47 },
  },
  'demo-sleep-pod-3': {
    ...usual,
    name: 'Prati',
    address: 'Via Cola di Rienzo 120, Roma',
    location: { latitude: 41.908, longitude: 12.463 },
    creditsPerSlot: 3,
  },
}

/** Short stays, so that there is something to see: an hour has twelve of them. */
export const napSlotMs = 5 * 60_000
const nap = {
  ...usual,
  openingHours: everyDay('00:00', '24:00'),
  slotMinutes: napSlotMs / 60_000,
  maxSlots: 6,
  creditsPerSlot: 1,
}
const napPods: Readonly<Record<string, PodSettings>> = {
  'demo-sleep-pod-4': {
    ...nap,
    name: 'Fiumicino, gate A',
    address: 'Aeroporto di Fiumicino, Roma',
    location: { latitude: 41.795, longitude: 12.252 },
  },
  /** Judges codes by itself. */
  'demo-sleep-pod-5': {
    ...nap,
    name: 'Fiumicino, gate B',
    address: 'Aeroporto di Fiumicino, Roma',
    location: { latitude: 41.796, longitude: 12.255 },
    accessMode: 'offline',
  },
}
export const napPodIds = Object.keys(napPods)

const welcomeCredits = 40

/** Lets the demo's pods be booked, and gives members that were added just now something to book with. */
export async function addDemoPods(
  { billing, booking }: DemoPodParts,
  orgId: string,
  users: readonly DemoUser[],
): Promise<void> {
  for (const [id, settings] of Object.entries({ ...pods, ...napPods })) {
    // What was changed since stays changed.
    if ((await booking.pods.get(orgId, id)) === undefined) await booking.pods.save(orgId, id, settings)
  }
  for (const { id, role } of users) {
    if (role !== 'member') continue
    const grant = {
      type: 'Grant',
      id: `demo-welcome-${id}`,
      credits: welcomeCredits,
      reason: 'welcome',
    } as const
    await billing.ledger.post(orgId, id, grant, 'demo')
  }
}
