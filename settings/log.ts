import { pino } from 'pino'
import type { Settings } from './env.ts'

/** JSON lines on standard output; secrets that slip into a field are cut out. */
export function createLog(level: Settings['LOG_LEVEL']): pino.Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'password',
        '*.password',
        'authorization',
        '*.authorization',
        'cookie',
        '*.cookie',
        'token',
        '*.token',
      ],
      censor: '[cut out]',
    },
  })
}
