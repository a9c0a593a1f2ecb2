import { operation as getLatest } from '../../telemetry/operations/get-latest.ts'
import { calledAs } from '../called-as.ts'

export const operation = calledAs(getLatest, { id: 'compatGetLatest', path: '/api/device/:deviceId/latest' })
