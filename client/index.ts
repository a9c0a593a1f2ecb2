export { Client, type CallOptions, type ClientParts } from './client.ts'
export {
  bearer,
  cookie,
  type Credentials,
  signIn,
  tokens,
  type TokenParts,
  type Tokens,
} from './credentials.ts'
export { CallFailed, type FailureReason, type Problem } from './failure.ts'
export {
  type CommandEvent,
  Live,
  type LiveStatus,
  type ReadingEvent,
  type StateEvent,
  type Watch,
  type Watcher,
} from './live.ts'
export type { ItemOf, RequestOf, ResultOf, Route } from './route.ts'
