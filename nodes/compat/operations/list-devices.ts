import { operation as listDevices } from '../../devices/operations/list-devices.ts'

export const operation = { ...listDevices, id: 'compatListDevices', path: '/api/device/list/all' }
