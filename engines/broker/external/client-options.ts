import type { IClientOptions } from 'mqtt'

export interface ConnectionOptions {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`, without user and password. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** One for each instance and the same after its restart: the broker keeps under it what was not acknowledged. */
  readonly clientId: string
  readonly tls?: {
    readonly ca?: Buffer | undefined
    readonly cert?: Buffer | undefined
    readonly key?: Buffer | undefined
  }
  /** Messages that the broker may send ahead of our acknowledgments (MQTT 5, Receive Maximum). */
  readonly receiveMaximum?: number
  /** How long the broker keeps our session while we are away. */
  readonly sessionExpirySeconds?: number
  /** Half-open connections are noticed after one and a half times as long. Default 15. */
  readonly keepaliveSeconds?: number
}

export const reconnectBackoff = { firstMs: 250, lastMs: 5000 }
export const defaultKeepaliveSeconds = 15
const connectTimeoutMs = 10_000
/** As many as AWS IoT Core takes in one packet. */
export const subscriptionsAtOnce = 8

export const defaultReceiveMaximum = 2048
/** As long as the uplink stream keeps by default, and as long as AWS IoT Core can. */
const defaultSessionExpirySeconds = 7 * 86_400

/** A session that outlives the connection is needed only by who subscribes. */
export function clientOptions(options: ConnectionOptions, isSubscriber: boolean): IClientOptions {
  return {
    protocolVersion: 5,
    clientId: options.clientId,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls?.ca === undefined ? {} : { ca: options.tls.ca }),
    ...(options.tls?.cert === undefined ? {} : { cert: options.tls.cert }),
    ...(options.tls?.key === undefined ? {} : { key: options.tls.key }),
    clean: !isSubscriber,
    properties: {
      receiveMaximum: options.receiveMaximum ?? defaultReceiveMaximum,
      sessionExpiryInterval: isSubscriber ? (options.sessionExpirySeconds ?? defaultSessionExpirySeconds) : 0,
    },
    keepalive: options.keepaliveSeconds ?? defaultKeepaliveSeconds,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: reconnectBackoff.firstMs,
    reconnectOnConnackError: true,
    resubscribe: false,
    subscribeBatchSize: subscriptionsAtOnce,
    queueQoSZero: false,
    // Its own would format each packet for nobody.
    log: () => undefined,
  }
}
