import type { z } from 'zod'
import { type Outcome, refuse, reply } from '../../http/operation.ts'
import { invalid, problem } from '../../http/problem.ts'
import type { Platform } from '../../platform/platform.ts'
import { faultOfClass } from '../class-faults.ts'
import { deviceClassCollection } from '../collections.ts'
import type { writtenClassSchema } from '../device-class.ts'

/** A class of the organization's own, if there is none of its key, and nothing wrong with it. */
export async function addClass(
  written: z.output<typeof writtenClassSchema>,
  orgId: string,
  { directory, store }: Pick<Platform, 'directory' | 'store'>,
): Promise<Outcome> {
  const fault = faultOfClass(written, directory.shippedClasses())
  if (fault !== undefined) return refuse(invalid(fault.path, fault.message))
  const deviceClass = { ...written, version: 1 }
  const classes = store.organization(orgId).collection(deviceClassCollection)
  const insert = (): ReturnType<typeof classes.insert> => classes.insert({ ...deviceClass, id: written.key })
  const isTaken =
    directory.isShipped(written.key) ||
    (await directory.changeClass(orgId, written.key, insert)).kind === 'duplicate'
  if (isTaken) {
    const message = `a device class ${written.key} exists`
    return refuse(problem(409, message, [{ path: 'body.key', message }]))
  }
  return reply(201, deviceClass, { location: `/api/v1/device-classes/${written.key}` })
}
