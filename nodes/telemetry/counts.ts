import type { Figure } from '../platform/metrics.ts'

/** What has come in since the start: plain numbers, added to per batch by the hot path and read when somebody looks. */
export const noCounts = () => ({
  messagesReceived: 0,
  messagesProcessed: 0,
  messagesReplayed: 0,
  readingsStored: 0,
  readingsRepeated: 0,
  /** With another value than the one that is stored for the same instant. */
  readingsInConflict: 0,
  deadLetters: 0,
  /** Too old, or too many. */
  deadLettersDropped: 0,
  publishesRefused: 0,
  /** Empty payloads, which clear what is retained, and topics that mean nothing to their class. */
  messagesIgnored: 0,
})
export type Counts = ReturnType<typeof noCounts>

const described: readonly (readonly [count: keyof Counts, name: string, help: string])[] = [
  ['messagesReceived', 'messages_received', 'Device messages made durable in the uplink stream'],
  ['messagesProcessed', 'messages_processed', 'Device messages that went through the flow'],
  [
    'messagesReplayed',
    'messages_replayed',
    'Device messages that went through a flow once more, by a replay',
  ],
  ['readingsStored', 'readings_stored', 'Readings stored'],
  ['readingsRepeated', 'readings_repeated', 'Readings that were stored before and dropped'],
  [
    'readingsInConflict',
    'readings_conflict',
    'Readings with another value for an instant than the one that was stored before',
  ],
  ['deadLetters', 'dead_letters', 'Inputs that could not be used'],
  ['deadLettersDropped', 'dead_letters_dropped', 'Dead letters thrown away, too old or too many'],
  [
    'messagesIgnored',
    'messages_ignored',
    'Device messages that mean nothing: empty ones, and topics of nobody',
  ],
  ['publishesRefused', 'broker_refusals', 'Connects, publishes and subscribes refused'],
]

export const figuresOf = (counts: Counts): readonly Figure[] =>
  described.map(([count, name, help]) => ({
    kind: 'counter',
    name: `fleetloom_${name}_total`,
    help,
    read: () => counts[count],
  }))
