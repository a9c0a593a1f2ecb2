import type { Request, Response } from 'express'
import type { Envelope } from '../platform/kit/node-definition.ts'

/** What `http in` puts on a message beside the payload. */
export interface HttpExchange {
  readonly req: Request & { readonly id?: string }
  /** Node-RED wraps the response: `_res` is Express's own. */
  readonly res: Response
}

/** @throws when the message does not come from an `http in` node */
export function exchangeOf(envelope: Envelope): HttpExchange {
  const { req, res } = envelope as { req?: HttpExchange['req']; res?: { _res?: Response } }
  if (req === undefined || res?._res === undefined) {
    throw new Error('the message does not come from an http in node: it has no req and res')
  }
  return { req, res: res._res }
}
