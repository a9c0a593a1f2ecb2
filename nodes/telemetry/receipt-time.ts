/*
 * A reading that does not say when it was taken has the time at which its message was received. Several messages of a
 * device may come in one millisecond, and a series has one reading of a port at a time: so each message has, beside the
 * time of its receipt, one that no other message of the device has. The stream keeps both in one number: how far the
 * second is ahead, in 4096ths of a millisecond, which is what a double has left beside epoch milliseconds.
 */
const steps = 4096
/** More than a burst has; a device that sends more than a message a millisecond for longer has to say when it measured. */
export const maxAheadMs = steps - 1

export const toEntryTime = (receivedAt: number, aheadMs: number): number => receivedAt + aheadMs / steps

export const receivedAtOf = (entryMs: number): number => Math.floor(entryMs)

/** The time of readings without one of their own. */
export const untimedAtOf = (entryMs: number): number => {
  const receivedAt = Math.floor(entryMs)
  return receivedAt + (entryMs - receivedAt) * steps
}
