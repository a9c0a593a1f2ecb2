// oxlint-disable-next-line eslint/no-restricted-imports -- types only: `http in` hands over Express's own objects
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
  if (!isFromHttpIn(envelope)) {
    throw new Error('the message does not come from an http in node: it has no req and res')
  }
  return { req: envelope.req, res: envelope.res._res }
}

interface FromHttpIn {
  readonly req: HttpExchange['req']
  readonly res: { readonly _res: Response }
}

const isFromHttpIn = (envelope: object): envelope is FromHttpIn =>
  'req' in envelope &&
  isObject(envelope.req) &&
  'res' in envelope &&
  isObject(envelope.res) &&
  '_res' in envelope.res &&
  isObject(envelope.res._res)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
