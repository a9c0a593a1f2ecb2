import { isGranted, type Permission } from '../../nodes/platform/kit/endpoints/permission.ts'
import { platform } from './platform.ts'

/** Whether whoever is signed in may do it: what they may not is not offered. The platform decides all the same. */
export const may = (permission: Permission): boolean =>
  isGranted(platform.connection?.user.permissions ?? [], permission)
