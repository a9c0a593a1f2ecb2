/** How long before its start the door opens. */
export const doorOpensEarlyMs = 5 * 60_000
/** A session that nobody has ended by then after its time is over. */
export const lateEndMs = 30 * 60_000
/** After a guest has got up, the door closes within this. */
export const doorClosesMs = 5 * 60_000
/** A guest is told that the time is nearly over. */
export const remindBeforeMs = 5 * 60_000
/** Whoever has booked, or moved, no longer than this before the reminder of its start needs none. */
export const stillKnowsMs = 15 * 60_000
/** How long a booking waits to be paid. */
export const payWithinMs = 5 * 60_000
