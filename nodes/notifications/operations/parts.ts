import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const noSuchChannel = (): WholeOutcome => refuse(problem(404, 'no such channel'))
export const noSuchDelivery = (): WholeOutcome => refuse(problem(404, 'no such delivery'))
