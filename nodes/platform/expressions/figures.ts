import type { Figure } from '../metrics.ts'
import type { SharedExpressionPool } from './pool.ts'

/** How the expressions of tenants are doing in this process. */
export const expressionFigures = (
  pool: Pick<SharedExpressionPool, 'overruns' | 'suspended' | 'waiting'>,
): readonly Figure[] => [
  {
    kind: 'counter',
    name: 'fleetloom_expression_overruns_total',
    help: 'Evaluations of expressions of device classes that were cut off',
    read: () => pool.overruns,
  },
  {
    name: 'fleetloom_expressions_suspended',
    help: 'Device classes and organizations whose expressions are suspended',
    read: () => pool.suspended.length,
  },
  {
    name: 'fleetloom_expressions_waiting',
    help: 'Device messages that wait for the expression of their class',
    read: () => pool.waiting,
  },
]
