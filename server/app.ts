import { randomUUID } from 'node:crypto'
import cors from 'cors'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { problem, unreadable } from '../nodes/platform/kit/endpoints/problem.ts'
import { problemIn } from '../nodes/platform/kit/endpoints/problem-in.ts'
import { acceptedLanguage } from '../nodes/platform/kit/language.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import {
  type AddressOf,
  clientAddress,
  type Trust,
  type TrustedProxies,
} from '../nodes/platform/client-address.ts'
import type { PlatformMetrics } from '../nodes/platform/metrics.ts'

const maxBodyBytes = 1_048_576
/** Bodies are read before anybody knows who sends them, so all that are being read and dealt with share this much. */
const maxBodiesBytes = 268_435_456

export interface HttpParts {
  readonly log: Logger
  readonly metrics: PlatformMetrics
  /** What is in the way of being ready; empty when nothing is. */
  readonly troubles: () => Promise<readonly string[]>
  readonly isSecure: boolean
  readonly trustedProxies: TrustedProxies
  /** Whose pages may call the API, beside our own. Default: nobody's. */
  readonly allowedOrigins?: readonly string[] | undefined
  /** Whether a request's body is for its operation to read, piece by piece. Default: none is. */
  readonly isStreamed?: (request: Pick<Request, 'method' | 'path'>) => boolean
}

/** Express with what every request passes: an id, security headers, health, and the body as bytes for the guard. */
export function createApp({
  log,
  metrics,
  troubles,
  isSecure,
  trustedProxies,
  allowedOrigins = [],
  isStreamed = () => false,
}: HttpParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', trustedProxies)
  app.use((req: Request & { id?: string }, res, next) => {
    const given = req.header('x-request-id')
    req.id = given !== undefined && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID()
    res.set('X-Request-Id', req.id)
    next()
  })
  app.use(securityHeaders(isSecure))
  app.use((req, res, next) => {
    if (req.headers.host !== undefined || req.httpVersion === '1.0') return next()
    return sendProblem(req, res, unreadable('header.Host', 'is needed'))
  })
  app.get('/healthz', (_, res) => void res.json({ status: 'ok' }))
  app.get('/health', (_, res) => void res.json({ status: 'ok' }))
  app.get('/readyz', (_, res, next) => {
    troubles().then((found) => {
      res
        .status(found.length === 0 ? 200 : 503)
        .json({ status: found.length === 0 ? 'ready' : 'not ready', troubles: found })
    }, next)
  })
  app.get('/metrics', (_, res, next) => {
    metrics.render().then((text) => res.type(metrics.contentType).send(text), next)
  })
  if (allowedOrigins.length > 0) app.use('/api', crossOrigin(allowedOrigins))
  app.use('/api', (_, res, next) => {
    // What one may see stays in no cache of a browser that others use. Operations may say otherwise.
    res.set('Cache-Control', 'no-store')
    next()
  })
  // Node-RED's own parser would answer a broken body with a bare 500; the guard parses these bytes itself.
  app.use('/api', boundBodies(maxBodiesBytes))
  const readBody = express.raw({ type: () => true, limit: maxBodyBytes })
  app.use('/api', (req, res, next) =>
    isStreamed({ method: req.method, path: req.baseUrl + req.path }) ? next() : readBody(req, res, next),
  )
  app.use('/api', bodyErrors(log))
  return app
}

/** As `request.ip`, for requests that ask for a socket. */
export function addressOfClients(app: Express): AddressOf {
  const trust: Trust = app.get('trust proxy fn')
  return clientAddress(trust)
}

/**
 * After all routes: what nobody answers is a problem document too. While flows do not run, at the start and for a moment
 * during a deploy, a route that is missing may only not be back yet.
 */
export function lastResort(
  log: Logger,
  areFlowsRunning: () => boolean,
): readonly [express.RequestHandler, express.ErrorRequestHandler] {
  return [
    (req, res) => {
      if (areFlowsRunning())
        return sendProblem(req, res, problem(404, `there is nothing at ${req.method} ${req.path}`))
      res.set('Retry-After', '1')
      return sendProblem(req, res, problem(503, 'the flows are being started'))
    },
    (error: unknown, req: Request, res: Response, next: NextFunction) => {
      if (res.headersSent) return next(error)
      // Body parsers of Node-RED and its nodes throw what the caller has done wrong.
      const status = statusOf(error)
      if (status !== undefined) return sendProblem(req, res, problem(status))
      log.error({ err: error, path: req.path }, 'request failed')
      return sendProblem(req, res, problem(500))
    },
  ]
}

/** The 4xx that an error of `http-errors` carries. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

function sendProblem(req: Request & { id?: string }, res: Response, found: ReturnType<typeof problem>): void {
  const language = acceptedLanguage(req.header('accept-language'))
  res
    .status(found.status)
    .vary('Accept-Language')
    .set('Content-Language', language)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problemIn(language, found), requestId: req.id }))
}

/** Answers 503 to a body for which there is no room until others are dealt with. */
export function boundBodies(maxBytes: number): express.RequestHandler {
  let heldBytes = 0
  return (req, res, next) => {
    const announced = req.headers['content-length']
    const hasBody = announced !== undefined || req.headers['transfer-encoding'] !== undefined
    const bytes = Math.min(hasBody ? Number(announced ?? maxBodyBytes) : 0, maxBodyBytes)
    if (heldBytes + bytes > maxBytes) {
      res.set({ 'Retry-After': '1', Connection: 'close' })
      return sendProblem(req, res, problem(503, 'too much is being sent at a time'))
    }
    heldBytes += bytes
    res.once('close', () => (heldBytes -= bytes))
    next()
  }
}

function bodyErrors(log: Logger): express.ErrorRequestHandler {
  return (error: { status?: number; type?: string }, req: Request, res: Response, _next: NextFunction) => {
    const status = error.status === 413 || error.status === 415 ? error.status : 400
    log.debug({ err: error }, 'body refused')
    sendProblem(
      req,
      res,
      problem(status, status === 413 ? 'the body is larger than 1mb' : 'the body cannot be read'),
    )
  }
}

/** Without cookies: a page of others has a token, or nothing. */
const crossOrigin = (allowedOrigins: readonly string[]): express.RequestHandler =>
  cors({
    origin: [...allowedOrigins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Organization', 'X-Request-Id'],
    exposedHeaders: ['Content-Disposition', 'Location', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  })

/** Editor and dashboard bring inline scripts and styles of their own; everything else gets by without. */
function securityHeaders(isSecure: boolean): express.RequestHandler {
  const common = {
    strictTransportSecurity: isSecure,
    crossOriginEmbedderPolicy: false,
    // With `no-referrer` browsers send `Origin: null` with forms, and they would be refused as foreign.
    referrerPolicy: { policy: 'same-origin' },
  } as const
  const upgrade = isSecure ? {} : { upgradeInsecureRequests: null }
  const strict = helmet({
    ...common,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        // The reader of the API has its icons in its style sheet.
        imgSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
        ...upgrade,
      },
    },
  })
  const lenient = helmet({
    ...common,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // Vue compiles the dashboard's templates in the browser, and the editor evaluates validators.
        scriptSrc: ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
        scriptSrcAttr: ["'unsafe-inline'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        workerSrc: ["'self'", 'blob:'],
        ...upgrade,
      },
    },
  })
  return (req, res, next) => (/^\/(editor|dashboard)(\/|$)/.test(req.path) ? lenient : strict)(req, res, next)
}
