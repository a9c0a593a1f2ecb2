import type { BrokerLogger } from './aedes.ts'

const nothing = (): void => undefined

export const silentLogger: BrokerLogger = { debug: nothing, warn: nothing, error: nothing }
