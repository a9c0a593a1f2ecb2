/**
 * The world's failure: an engine that is down, locked or full. A node that throws it asks for the same batch again
 * later; nothing about the message is wrong.
 */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
}
