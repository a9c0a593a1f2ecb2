import { operation as listReadings } from '../../telemetry/operations/list-readings.ts'
import { calledAs } from '../called-as.ts'

export const operation = calledAs(listReadings, { id: 'compatListData', path: '/api/device/:deviceId/data' })
