import { type Outcome, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid } from '../../platform/kit/endpoints/problem.ts'
import type { CreatedClass } from '../create-device-class.ts'

/** The class that was added, or why there is none. */
export function addedOr(created: CreatedClass, key: string): Outcome {
  if (created.kind === 'fault') return refuse(invalid(created.fault.path, created.fault.message))
  if (created.kind === 'created')
    return reply(201, created.deviceClass, { location: `/api/v1/device-classes/${key}` })
  return refuse(conflict('body.key', `a device class ${key} exists`))
}
