import path from 'node:path'
import express, { type RequestHandler, type Router } from 'express'

export const customerAppPath = '/app'

const page = path.join(import.meta.dirname, '../../dashboards/app/page')
const bundle = path.join(import.meta.dirname, '../../nodes/resources/app')

/** Nothing but our own script, style sheet and API; a payment is another page, not a form of this one. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Where customers find a pod, book it and see the code of its door. Browsers ask for the manifest, its icon and the worker
 * without the session; everything else is for those who have signed in.
 */
export function customerApp(signedIn: RequestHandler): Router {
  const router = express.Router()
  const send =
    (root: string, name: string): RequestHandler =>
    (_, response) =>
      // Asked for again at each visit, and not sent again while it is the same: a page never has the script of another release.
      response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' }).sendFile(name, {
        root,
        cacheControl: false,
      })
  for (const name of ['app.webmanifest', 'icon.svg', 'icon.png']) router.get(`/${name}`, send(page, name))
  // Of the page itself, which has no slash behind its name. Browsers look for another version with whatever session they have.
  const allowed: RequestHandler = (_, response, next) => {
    response.set('Service-Worker-Allowed', customerAppPath)
    next()
  }
  router.get('/worker.js', allowed, send(bundle, 'worker.js'))
  router.use(signedIn)
  router.get('/', send(page, 'index.html'))
  for (const name of ['app.js', 'app.css']) router.get(`/${name}`, send(bundle, name))
  return router
}
