/** The caller's mistake: a cursor that was altered, cut, or belongs to another query. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor'
  constructor(reason: string) {
    super(`Invalid cursor: ${reason}`)
  }
}
