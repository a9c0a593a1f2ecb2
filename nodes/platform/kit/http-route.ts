// oxlint-disable-next-line eslint/no-restricted-imports -- types only: Node-RED's own application is one of Express
import type { Express, RequestHandler } from 'express'

export interface HttpRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Express style: `/api/v1/devices/:id`. */
  readonly path: string
}

/** What a request is when it comes into a flow, as Node-RED's `http in` sends it. */
export interface HttpMessage {
  readonly req: unknown
  readonly res: { readonly _res: unknown }
}

export interface ServedRoute {
  /** Another handler was there before, and gets the requests. */
  readonly isShadowed: boolean
  readonly stop: () => void
}

/** The part of Express's router that has no types: Node-RED takes routes away in it too, there being no other way. */
interface Layer {
  readonly route?: {
    readonly path: string | readonly string[]
    readonly methods: Readonly<Record<string, boolean>>
    readonly stack: readonly { readonly handle: unknown }[]
  }
}

/** Hands requests of this route to `receive` until it is stopped. */
export function serveRoute(
  app: Express,
  { method, path }: HttpRoute,
  receive: (message: HttpMessage) => void,
): ServedRoute {
  const handler: RequestHandler = (req, res) => receive({ req, res: { _res: res } })
  const isShadowed = layersOf(app).some(
    ({ route }) => route?.methods[method] === true && shapeOf(route.path) === shapeOf(path),
  )
  // As a list of one: an `http in` that closes takes away whatever has its own path as text.
  app[method]([path], handler)
  return {
    isShadowed,
    stop() {
      const layers = layersOf(app)
      const index = layers.findIndex(({ route }) => route?.stack.some(({ handle }) => handle === handler))
      if (index !== -1) layers.splice(index, 1)
    },
  }
}

/** Express makes the router with the first route. */
function layersOf(app: Express): Layer[] {
  const router: { readonly stack: Layer[] } | undefined = app._router
  return router?.stack ?? []
}

/** Paths that match the same requests, whatever they call their parameters. */
const shapeOf = (path: string | readonly string[]): string => String(path).replaceAll(/:\w+/g, ':')
