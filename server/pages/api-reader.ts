import { createRequire } from 'node:module'
import path from 'node:path'
import express, { type Router } from 'express'

const library = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const own = path.join(import.meta.dirname, 'api-reader')
const files: readonly (readonly [folder: string, name: string])[] = [
  [library, 'swagger-ui.css'],
  [library, 'swagger-ui-bundle.js'],
  [own, 'reader.css'],
  [own, 'reader.js'],
]

/** The parts of the page that reads the OpenAPI document, by name: no path leads to anything else. */
export function apiReader(): Router {
  const router = express.Router()
  for (const [root, name] of files)
    router.get(`/${name}`, (_, response) => response.sendFile(name, { root, maxAge: 3_600_000 }))
  return router
}
