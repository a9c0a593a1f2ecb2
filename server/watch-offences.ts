import { Allowances } from '../nodes/platform/allowances.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { PlatformMetrics } from '../nodes/platform/metrics.ts'

export interface WatchedOffences {
  /** Of connections by MQTT and WebSocket. */
  readonly ofSockets: Allowances
  /** Of what comes to the HTTP port and is no HTTP. Apart: whoever sends that to a socket goes on being served pages. */
  readonly ofRequests: Allowances
}

/** What all doors of a process share; an operator sees whom they turn away. */
export function watchOffences(
  perSecond: number,
  metrics: Pick<PlatformMetrics, 'gauge'>,
  log: Logger,
): WatchedOffences {
  const options = {
    perSecond: perSecond === 0 ? Infinity : perSecond,
    onTurnedAway: (address: string) =>
      log.warn({ address }, 'connections of this address keep breaking the rules: new ones are turned away'),
  }
  const [ofSockets, ofRequests] = [new Allowances(options), new Allowances(options)]
  metrics.gauge(
    'fleetloom_connections_turned_away',
    'Connections not let in because others of their address broke the rules, since the start',
    () => ofSockets.turnedAway + ofRequests.turnedAway,
  )
  return { ofSockets, ofRequests }
}
