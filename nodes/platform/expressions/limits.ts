/** What one evaluation may take, of the processor's time: looked at between the steps of an expression. */
export const maxEvaluationMs = 50
export const maxDepth = 500
/** Also of what one step makes at once, such as `[1..n]`. */
export const maxSequence = 1_000_000
/** Readings of the largest payload that decode takes fit in. */
export const maxResultChars = 524_288
/** How often the patterns of an expression may repeat something by number (`a{100}`): each is a copy in the program. */
export const maxCountedRepeats = 1000

/** A turn of one organization: then the next has its turn. */
export const turnMs = 20
export const maxTurnItems = 64
export const maxTurnChars = 262_144

/** A process that has not answered for so long is ended. Wall time, so far above what a machine under load needs. */
export const answerWithinMs = 1000
/** Of the event loop and its expressions, the loop goes first. */
export const niceness = 10
export const heapMb = 64
/** A single allocation may go far beyond the heap before V8 notices: what the system sees is looked at as well. */
export const maxResidentBytes = 209_715_200
export const lookAtMemoryMs = 10

/** What an organization may have waiting for its turn. */
export const maxWaitingItems = 4096
export const maxWaitingChars = 8_388_608
/** The same of all. */
export const maxWaitingCharsOfAll = 67_108_864

/** Overruns within `forgetAfterMs` after which a class, or all classes of an organization, are suspended for as long. */
export const maxOverrunsOfClass = 5
export const maxOverrunsOfOrganization = 20
export const forgetAfterMs = 600_000
