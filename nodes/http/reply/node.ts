import type { Response } from 'express'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { anyMessage } from '../../platform/kit/message-type.ts'
import { sendStream } from '../../platform/kit/send-stream.ts'
import type { Logger } from '../../platform/logger.ts'
import { exchangeOf } from '../http-message.ts'
import { outcomeMessage } from '../../platform/kit/endpoints/messages.ts'
import { refuse, type StreamOutcome, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { problemOfFailure } from '../../platform/kit/endpoints/run-operation.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'reply',
  category: 'http',
  icon: 'font-awesome/fa-reply',
  config,
  needs: kit('log'),
  input: anyMessage,
  outputs: [],
  start({ needed: { log } }) {
    return {
      process([payload], envelope) {
        const { req, res } = exchangeOf(envelope)
        if (res.headersSent) throw new Error('this request was answered already')
        const outcome = outcomeMessage.schema.safeParse(payload)
        const requestId = req.id ?? ''
        // From a catch node: what went wrong is in the log, not for the caller to read.
        if (envelope['error'] !== undefined) sendOutcome(res, refuse(problem(500)), requestId)
        // Endpoints that exist only in a flow answer with their payload.
        else if (!outcome.success)
          res.status(typeof envelope['statusCode'] === 'number' ? envelope['statusCode'] : 200).json(payload)
        else if (outcome.data.kind !== 'stream') sendOutcome(res, outcome.data, requestId)
        else return streamOutcome(res, outcome.data, requestId, log)
        return []
      },
    }
  },
})

function sendOutcome(res: Response, outcome: WholeOutcome, requestId: string): void {
  res.set(outcome.headers ?? {})
  if (outcome.kind === 'problem') {
    const { problem: refusal } = outcome
    if (refusal.status === 401 && !res.hasHeader('www-authenticate')) res.set('WWW-Authenticate', 'Bearer')
    res
      .status(refusal.status)
      .type('application/problem+json')
      .send(JSON.stringify({ ...refusal, requestId }))
  } else if (outcome.body === undefined) res.status(outcome.status).end()
  else if (typeof outcome.body === 'string') res.status(outcome.status).send(outcome.body)
  else res.status(outcome.status).json(outcome.body)
}

/** Resolves when all is sent, or nobody is there to take it any more. */
async function streamOutcome(
  res: Response,
  outcome: StreamOutcome,
  requestId: string,
  log: Pick<Logger, 'error'>,
): Promise<[]> {
  try {
    await sendStream(res, outcome)
  } catch (error) {
    log.error({ err: error, requestId }, 'a streamed answer broke off')
    // A message that failed would reach the catch node, and by it this request once more.
    if (!res.headersSent) sendOutcome(res, problemOfFailure(error) ?? refuse(problem(500)), requestId)
  }
  return []
}
