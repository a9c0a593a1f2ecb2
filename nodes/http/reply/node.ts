import type { Response } from 'express'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { anyMessage } from '../../platform/kit/message-type.ts'
import { sendStream } from '../../platform/kit/send-stream.ts'
import type { Logger } from '../../platform/logger.ts'
import { exchangeOf, type HttpExchange } from '../http-message.ts'
import { outcomeMessage } from '../../platform/kit/endpoints/messages.ts'
import { refuse, type StreamOutcome, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { acceptedLanguage } from '../../platform/kit/language.ts'
import { problemIn } from '../../platform/kit/endpoints/problem-in.ts'
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
        // From a catch node: what went wrong is in the log, not for the caller to read.
        if (envelope['error'] !== undefined) sendOutcome(req, res, refuse(problem(500)))
        // Endpoints that exist only in a flow answer with their payload.
        else if (!outcome.success)
          res.status(typeof envelope['statusCode'] === 'number' ? envelope['statusCode'] : 200).json(payload)
        else if (outcome.data.kind !== 'stream') sendOutcome(req, res, outcome.data)
        else return streamOutcome(req, res, outcome.data, log)
        return []
      },
    }
  },
})

type Asked = HttpExchange['req']

function sendOutcome(req: Asked, res: Response, outcome: WholeOutcome): void {
  res.set(outcome.headers ?? {})
  if (outcome.kind === 'problem') {
    const language = acceptedLanguage(req.header('accept-language'))
    const refusal = problemIn(language, outcome.problem)
    if (refusal.status === 401 && !res.hasHeader('www-authenticate')) res.set('WWW-Authenticate', 'Bearer')
    res
      .status(refusal.status)
      .vary('Accept-Language')
      .set('Content-Language', language)
      .type('application/problem+json')
      .send(JSON.stringify({ ...refusal, requestId: req.id ?? '' }))
  } else if (outcome.body === undefined) res.status(outcome.status).end()
  else if (typeof outcome.body === 'string') res.status(outcome.status).send(outcome.body)
  else res.status(outcome.status).json(outcome.body)
}

/** Resolves when all is sent, or nobody is there to take it any more. */
async function streamOutcome(
  req: Asked,
  res: Response,
  outcome: StreamOutcome,
  log: Pick<Logger, 'error'>,
): Promise<[]> {
  try {
    await sendStream(res, outcome)
  } catch (error) {
    log.error({ err: error, requestId: req.id ?? '' }, 'a streamed answer broke off')
    // A message that failed would reach the catch node, and by it this request once more.
    if (!res.headersSent) sendOutcome(req, res, problemOfFailure(error) ?? refuse(problem(500)))
  }
  return []
}
