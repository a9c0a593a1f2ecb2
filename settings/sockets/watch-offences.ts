import type { Logger } from '../../nodes/platform/logger.ts'
import { Allowances } from '../../nodes/platform/allowances.ts'
import type { PlatformMetrics } from '../metrics.ts'

/** What all doors of a process share; an operator sees whom they turn away. */
export function watchOffences(
  perSecond: number,
  metrics: Pick<PlatformMetrics, 'gauge'>,
  log: Logger,
): Allowances {
  const offences = new Allowances({
    perSecond: perSecond === 0 ? Infinity : perSecond,
    onTurnedAway: (address) =>
      log.warn({ address }, 'connections of this address keep breaking the rules: new ones are turned away'),
  })
  metrics.gauge(
    'fleetloom_connections_turned_away',
    'Connections not let in because others of their address broke the rules, since the start',
    () => offences.turnedAway,
  )
  return offences
}
