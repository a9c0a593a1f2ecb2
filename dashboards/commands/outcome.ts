import type { CommandEvent } from '../../client/index.ts'
import { formatField, readable } from '../kit/names.ts'
import { texts } from './texts.ts'

export type Progress = 'open' | 'done' | 'failed'

export function progressOf({ status }: Pick<CommandEvent, 'status'>): Progress {
  if (status === 'pending' || status === 'sent') return 'open'
  return status === 'acknowledged' ? 'done' : 'failed'
}

/** How a command is doing, for a person. */
export function outcomeOf(command: Pick<CommandEvent, 'status' | 'errorMessage' | 'retryCount'>): string {
  const { errorMessage, retryCount, status } = command
  const tries = retryCount > 0 ? [texts.tries(retryCount + 1)] : []
  const why = errorMessage === null || progressOf(command) !== 'failed' ? [] : [errorMessage]
  return [texts[status], ...tries, ...why].join(' · ')
}

export const commandText = ({ action, value }: Pick<CommandEvent, 'action' | 'value'>): string =>
  value === null || value === undefined ? readable(action) : `${readable(action)}: ${formatField(value)}`
