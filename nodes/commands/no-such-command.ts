import { refuse, type WholeOutcome } from '../http/operation.ts'
import { problem } from '../http/problem.ts'

export const noSuchCommand = (): WholeOutcome => refuse(problem(404, 'no such command'))
