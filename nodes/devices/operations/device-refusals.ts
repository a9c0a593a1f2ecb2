import { type Outcome, refuse } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import type { CreatedDevice, WantedDevice } from '../create-device.ts'

type Refusal = Exclude<CreatedDevice, { readonly kind: 'created' }>

/** What the caller calls them, where that is something else. */
export interface BodyNames {
  readonly address?: string
  readonly gateway?: string
}

/** Why there is no such device now. */
export function deviceRefused(
  refusal: Refusal,
  { address, classKey, gateway }: WantedDevice,
  names: BodyNames = {},
): Outcome {
  const named = names.address ?? (address === undefined ? 'id' : 'address')
  const refusals = {
    'unknown-class': () => refuse(invalid('body.classKey', `there is no device class ${classKey}`)),
    'port-twice': () => refuse(invalid('body.ports', 'a port is named twice')),
    reserved: () => refuse(invalid('body.id', 'this id is reserved')),
    'being-removed': () =>
      refuse(conflict('body.id', 'a device with this id is being removed'), { 'retry-after': '1' }),
    'removed-meanwhile': () => refuse(problem(409, 'the device was removed meanwhile')),
    // Says nothing of whose the topic is: it may be another organization's.
    'topic-taken': () =>
      refuse(
        conflict(`body.${named}`, `with this ${named} one of its topics would be that of another device`),
      ),
    'serial-taken': () => refuse(conflict('body.serialNumber', 'a device with this serialNumber exists')),
    'address-taken': () => refuse(conflict(`body.${named}`, 'a device with this address exists')),
    'unknown-gateway': () =>
      refuse(invalid(`body.${names.gateway ?? 'gateway'}`, `there is no device ${gateway}`)),
    'id-taken': () => refuse(conflict('body.id', 'a device with this id exists')),
  } satisfies Record<Exclude<Refusal['kind'], 'too-many' | 'weak-password'>, () => Outcome>
  if (refusal.kind === 'too-many') {
    const detail = `the organization has the ${refusal.limit} devices that it may have`
    return refuse(problem(429, detail), { 'retry-after': '60' })
  }
  return refusal.kind === 'weak-password'
    ? refuse(invalid('body.password', refusal.fault))
    : refusals[refusal.kind]()
}
