import { z } from 'zod'
import type { ServicePrincipal } from './holders.ts'
import type { UserPrincipal } from '../../platform/kit/endpoints/principal.ts'
import type { Bus } from '../../platform/bus/port.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Change, SignIns } from './sign-ins.ts'

/** Somebody who was let in for longer than a request: a socket. */
export interface Admission {
  readonly signInId: string
  /** The user or service account. */
  readonly holderId: string
  /** Whether they, as the store has them now, would be let in again. */
  readonly mayStay: (principal: UserPrincipal | ServicePrincipal) => boolean | Promise<boolean>
  /** Called once, when the sign-in ends or they may not stay. */
  readonly end: () => void
}

/** Who was let in by which sign-in, so that a sign-out, here or elsewhere, closes every door within a second. */
export interface Admissions {
  /** To be called when they have gone by themselves. */
  admit(admission: Admission): () => void
  stop(): void
}

export interface AdmissionsParts {
  readonly signIns: Pick<SignIns, 'heard' | 'holding' | 'onChange'>
  readonly bus: Pick<Bus, 'publish' | 'subscribe' | 'onGap'>
  readonly log: Logger
  /** Calls the task again and again after so many milliseconds, until it is cancelled by what is returned. */
  readonly every: (ms: number, task: () => void) => () => void
}

const topic = 'sign-ins-changed'
const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('closed'), signInId: z.string() }),
  z.object({ kind: z.literal('changed'), holderId: z.string().optional() }),
])
/**
 * What nobody tells of (a session that expires, a user changed past us, a note that was lost) is looked for this
 * often, so many sign-ins at a time.
 */
const lookEveryMs = 500
const lookAtOnce = 500

export function createAdmissions({ bus, every, log, signIns }: AdmissionsParts): Admissions {
  /** In the order in which they were looked at, the one that has waited longest first. */
  const admitted = new Map<string, Set<Admission>>()
  let isLooking = false

  function endAll(signInId: string): void {
    const ending = [...(admitted.get(signInId) ?? [])]
    admitted.get(signInId)?.clear()
    admitted.delete(signInId)
    for (const { end } of ending) end()
  }

  async function look(ids: readonly string[]): Promise<void> {
    const holding = await signIns.holding(ids)
    for (const id of ids) {
      const admissions = admitted.get(id)
      if (admissions === undefined) continue
      const principal = holding.get(id)?.principal
      if (principal === undefined) {
        endAll(id)
        continue
      }
      admitted.delete(id)
      admitted.set(id, admissions)
      for (const admission of admissions) {
        // Who has gone meanwhile is told nothing.
        if ((await admission.mayStay(principal)) || !admissions.has(admission)) continue
        release(admission)
        admission.end()
      }
    }
  }

  /** At those of one holder, or at everybody. */
  async function lookAtAll(holderId?: string): Promise<void> {
    const ids = [...admitted]
      .filter(([, some]) => holderId === undefined || [...some].some((each) => each.holderId === holderId))
      .map(([id]) => id)
    for (let from = 0; from < ids.length; from += lookAtOnce) await look(ids.slice(from, from + lookAtOnce))
  }

  // The store tells of its trouble itself; who was let in stays until it can be asked again.
  const failed = (error: unknown): void => log.debug({ err: error }, 'the sign-ins could not be looked at')

  function begin(looking: () => Promise<void>): void {
    if (isLooking || admitted.size === 0) return
    isLooking = true
    looking()
      .catch(failed)
      .finally(() => (isLooking = false))
  }

  function release(admission: Admission): void {
    const others = admitted.get(admission.signInId)
    if (others?.delete(admission) === true && others.size === 0) admitted.delete(admission.signInId)
  }

  function apply(change: Change): void {
    if (change.kind === 'closed') endAll(change.signInId)
    // Not `begin`: a look that is under way may have asked before the change.
    else lookAtAll(change.holderId).catch(failed)
  }

  const stops = [
    signIns.onChange((change) => {
      apply(change)
      // Whoever does not hear of it looks by itself.
      void bus.publish(topic, change).catch(() => undefined)
    }),
    bus.subscribe(topic, (event) => {
      const change = changeSchema.safeParse(event).data
      if (change === undefined) return
      signIns.heard(change)
      apply(change)
    }),
    bus.onGap(() => {
      signIns.heard({ kind: 'changed' })
      lookAtAll().catch(failed)
    }),
    every(lookEveryMs, () => begin(() => look([...admitted.keys()].slice(0, lookAtOnce)))),
  ]

  return {
    admit(admission) {
      const { signInId } = admission
      const others = admitted.get(signInId)
      if (others === undefined) admitted.set(signInId, new Set([admission]))
      else others.add(admission)
      return () => release(admission)
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}
