import type { ApiClient } from './api-client.ts'
import type { Surroundings } from './fuzz-sockets.ts'
import { adminPassword, type TestPlatform } from './platform.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './resources.ts'
import { sessionOf } from './sign-in.ts'
import { addUser } from './users.ts'

const memberPassword = 'member horse battery'

/** An organization with a device and an operator who attack, and a device that has nothing to do with it. */
export async function hostileSurroundings(
  platform: TestPlatform,
): Promise<Surroundings & { readonly api: ApiClient; readonly bystander: DeviceAccess }> {
  const api = await createOrganization(platform.api, 'hostile')
  const device = await registerDevice(api, 'attacker')
  const bystander = await registerDevice(api, 'bystander')
  const email = 'member@hostile.example'
  // An operator: a member may not watch readings.
  await addUser(api, email, 'operator', memberPassword)
  const { mqttPort, url } = platform
  return {
    api,
    bystander,
    device,
    url,
    mqttPort,
    admin: await sessionOf(url, 'admin@fleetloom.local', adminPassword),
    member: await sessionOf(url, email, memberPassword),
    memberApi: api.signedInAs(email, memberPassword),
  }
}
