import { refuse, type WholeOutcome } from '../platform/kit/endpoints/operation.ts'
import { problem } from '../platform/kit/endpoints/problem.ts'

export const noSuchCommand = (): WholeOutcome => refuse(problem(404, 'no such command'))
