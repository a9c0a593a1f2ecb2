/** Tells the server's troubles apart: the world's (wait or refuse) from our own bugs. */
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
} from 'mongodb'

export type Trouble = 'busy' | 'full' | 'io' | 'closed'

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const CODES: ReadonlyMap<number, Trouble> = new Map([
  [6, 'io'], // HostUnreachable
  [7, 'io'], // HostNotFound
  [24, 'busy'], // LockTimeout
  [50, 'busy'], // MaxTimeMSExpired
  [64, 'busy'], // WriteConcernTimeout
  [89, 'io'], // NetworkTimeout
  [91, 'io'], // ShutdownInProgress
  [100, 'io'], // UnsatisfiableWriteConcern
  [112, 'busy'], // WriteConflict
  [189, 'io'], // PrimarySteppedDown
  [202, 'busy'], // NetworkInterfaceExceededTimeLimit
  [262, 'busy'], // ExceededTimeLimit
  [9001, 'io'], // SocketException
  [10107, 'io'], // NotWritablePrimary
  [11600, 'io'], // InterruptedAtShutdown
  [11602, 'io'], // InterruptedDueToReplStateChange
  [13435, 'io'], // NotPrimaryNoSecondaryOk
  [13436, 'io'], // NotPrimaryOrSecondary
  [14031, 'full'], // OutOfDiskSpace
])
const NAMES: ReadonlyMap<string, Trouble> = new Map([
  ['MongoServerSelectionError', 'io'],
  ['MongoWaitQueueTimeoutError', 'busy'],
  ['MongoNetworkTimeoutError', 'busy'],
  ['MongoOperationTimeoutError', 'busy'],
  ['MongoNotConnectedError', 'closed'],
  ['MongoTopologyClosedError', 'closed'],
  ['MongoServerClosedError', 'closed'],
  ['MongoExpiredSessionError', 'closed'],
  ['MongoPoolClosedError', 'closed'],
  ['MongoPoolClearedError', 'io'],
])

/** Node's own words for a connection's end; the driver lets some through, alone or within a bulk write's error. */
const SOCKET_CODES: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
])

/** Undefined for an error that trying again would not mend. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof Error && 'code' in error && SOCKET_CODES.has(error.code)) return 'io'
  if (!(error instanceof MongoError)) return undefined
  // The driver wraps what ended a bulk write.
  if (error instanceof MongoBulkWriteError) {
    const inner: unknown = error.errorResponse
    const trouble = inner === error ? undefined : troubleOf(inner)
    if (trouble !== undefined) return trouble
  }
  if (error instanceof MongoClientClosedError) return 'closed'
  const byName = NAMES.get(error.name)
  if (byName !== undefined) return byName
  if (error instanceof MongoNetworkError) return 'io'
  // A write that some majority has not confirmed is not acknowledged.
  if (error.name === 'MongoWriteConcernError') return 'busy'
  return typeof error.code === 'number' ? CODES.get(error.code) : undefined
}

export function isServerAway(error: unknown): boolean {
  return troubleOf(error) !== undefined
}

const DUPLICATE_KEY = 11_000

export function isDuplicateKey(error: unknown): error is MongoServerError {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

/** The index that refused a write, from the server's message. */
export function refusingIndex(message: string): string | undefined {
  return /index: (\S+)/.exec(message)?.[1]
}
