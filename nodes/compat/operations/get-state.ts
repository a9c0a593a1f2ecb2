import { operation as getDeviceState } from '../../control/operations/get-state.ts'
import { calledAs } from '../called-as.ts'

export const operation = calledAs(getDeviceState, {
  id: 'compatGetState',
  path: '/api/device/:deviceId/state',
})
