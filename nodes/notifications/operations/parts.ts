import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const noSuchChannel = (): WholeOutcome => refuse(problem(404, 'no such channel'))
export const noSuchDelivery = (): WholeOutcome => refuse(problem(404, 'no such delivery'))
export const noSuchNotification = (): WholeOutcome => refuse(problem(404, 'no such notification'))
export const noSuchPushSubscription = (): WholeOutcome => refuse(problem(404, 'no such subscription'))
/** Devices and programs have channels. */
export const onlyPeople = (): WholeOutcome => refuse(problem(403, 'only people are told in person'))
