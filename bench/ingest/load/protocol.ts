/** What the runner and the load generator, a process of its own, say to each other over the IPC channel. */

export interface DeviceCredential {
  readonly username: string
  readonly password: string
  readonly topic: string
}

export type LoadCommand =
  /** `devicesFile`: a JSON file with an array of {@link DeviceCredential}; one connection is made for each. */
  | {
      readonly kind: 'connect'
      readonly port: number
      readonly devicesFile: string
      readonly inFlight: number
      readonly portPairs: number
    }
  /** Keeps `inFlight` messages outstanding on every connection until `messages` are acknowledged or the time is up. */
  | { readonly kind: 'saturate'; readonly messages: number; readonly maxSeconds: number }
  | { readonly kind: 'paced'; readonly ratePerSecond: number; readonly seconds: number }
  | { readonly kind: 'close' }

export interface LoadResult {
  readonly sent: number
  readonly acknowledged: number
  /** Messages a paced run could not send in their turn because every connection was full. */
  readonly late: number
  /** Unix time in ms of the first publish. */
  readonly startedAtMs: number
  /** From the first publish to the last acknowledgment. */
  readonly seconds: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  /** How far the forced-unique timestamps ran ahead of the clock, at worst; above a few ms ages are too small. */
  readonly tsAheadMs: number
  /** CPU time of the generator over the run, to see that it was not the bottleneck. */
  readonly cpuSeconds: number
}

export type LoadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'connected'; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly reason: string }
