import type { Response } from 'express'
import { defineNode } from '../../platform/kit/define-node.ts'
import { anyMessage } from '../../platform/kit/message-type.ts'
import { exchangeOf } from '../http-message.ts'
import { outcomeMessage } from '../messages.ts'
import { type Outcome, refuse } from '../operation.ts'
import { problem } from '../problem.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'reply',
  category: 'http',
  icon: 'font-awesome/fa-reply',
  config,
  input: anyMessage,
  outputs: [],
  start() {
    return {
      process([payload], envelope) {
        const { req, res } = exchangeOf(envelope)
        if (res.headersSent) throw new Error('this request was answered already')
        const outcome = outcomeMessage.schema.safeParse(payload)
        // From a catch node: what went wrong is in the log, not for the caller to read.
        if (envelope['error'] !== undefined) sendOutcome(res, refuse(problem(500)), req.id ?? '')
        else if (outcome.success) sendOutcome(res, outcome.data, req.id ?? '')
        // Endpoints that exist only in a flow answer with their payload.
        else
          res.status(typeof envelope['statusCode'] === 'number' ? envelope['statusCode'] : 200).json(payload)
        return []
      },
    }
  },
})

function sendOutcome(res: Response, outcome: Outcome, requestId: string): void {
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
