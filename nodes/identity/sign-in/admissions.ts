import { z } from 'zod'
import type { User } from '../user.ts'
import type { Bus } from '../../platform/bus/port.ts'
import type { Logger } from '../../platform/logger.ts'
import type { SignIns } from './sign-ins.ts'

/** Somebody who was let in for longer than a request: a socket. */
export interface Admission {
  readonly signInId: string
  /** Whether the user, as the store has them now, would be let in again. */
  readonly mayStay: (user: User) => boolean
  /** Called once, when the sign-in ends or the user may not stay. */
  readonly end: () => void
}

/** Who was let in by which sign-in, so that a sign-out, here or elsewhere, closes every door within a second. */
export interface Admissions {
  /** To be called when they have gone by themselves. */
  admit(admission: Admission): () => void
  stop(): void
}

export interface AdmissionsParts {
  readonly signIns: Pick<SignIns, 'holding' | 'onClosed'>
  readonly bus: Pick<Bus, 'publish' | 'subscribe' | 'onGap'>
  readonly log: Logger
  /** Calls the task again and again after so many milliseconds, until it is cancelled by what is returned. */
  readonly every: (ms: number, task: () => void) => () => void
}

const topic = 'sign-in-closed'
const closedSchema = z.object({ id: z.string() })
/**
 * What nobody tells of (a session that expires, a user changed by a command, a note that was lost) is looked for this
 * often, so many sign-ins at a time.
 */
const lookEveryMs = 500
const lookAtOnce = 500

export function createAdmissions({ bus, every, log, signIns }: AdmissionsParts): Admissions {
  /** In the order in which they were looked at, the one that has waited longest first. */
  const admitted = new Map<string, Set<Admission>>()
  let isLooking = false

  function endAll(signInId: string): void {
    const ending = admitted.get(signInId) ?? []
    admitted.delete(signInId)
    for (const { end } of ending) end()
  }

  async function look(ids: readonly string[]): Promise<void> {
    const holding = await signIns.holding(ids)
    for (const id of ids) {
      const admissions = admitted.get(id)
      if (admissions === undefined) continue
      const user = holding.get(id)?.user
      if (user === undefined) {
        endAll(id)
        continue
      }
      admitted.delete(id)
      admitted.set(id, admissions)
      for (const admission of admissions) {
        if (admission.mayStay(user)) continue
        release(admission)
        admission.end()
      }
    }
  }

  async function lookAtAll(): Promise<void> {
    const ids = [...admitted.keys()]
    for (let from = 0; from < ids.length; from += lookAtOnce) await look(ids.slice(from, from + lookAtOnce))
  }

  function begin(looking: () => Promise<void>): void {
    if (isLooking || admitted.size === 0) return
    isLooking = true
    looking()
      // The store tells of its trouble itself; who was let in stays until it can be asked again.
      .catch((error: unknown) => log.debug({ err: error }, 'the sign-ins could not be looked at'))
      .finally(() => (isLooking = false))
  }

  function release(admission: Admission): void {
    const others = admitted.get(admission.signInId)
    if (others?.delete(admission) === true && others.size === 0) admitted.delete(admission.signInId)
  }

  const stops = [
    signIns.onClosed((id) => {
      endAll(id)
      // Whoever does not hear of it looks by itself.
      void bus.publish(topic, { id }).catch(() => undefined)
    }),
    bus.subscribe(topic, (event) => {
      const closed = closedSchema.safeParse(event)
      if (closed.success) endAll(closed.data.id)
    }),
    bus.onGap(() => begin(lookAtAll)),
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
