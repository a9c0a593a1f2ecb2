import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docsPage, readerPath } from '../../nodes/http/docs-page.ts'
import { apiReader } from './api-reader.ts'

let server: Server
let origin: string

beforeAll(async () => {
  server = createServer(express().use(readerPath, apiReader())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`
})
afterAll(() => server.close())

test('everything that the page asks for is there', async () => {
  const parts = [...docsPage('x').matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, place]) => place ?? '')
  expect(parts).toHaveLength(4)
  for (const part of parts) {
    const response = await fetch(origin + part)
    expect([part, response.status, (await response.text()).length > 200]).toEqual([part, 200, true])
  }
})

test.each(['/package.json', '/index.html', '/..%2fmain.ts', '/reader.js/../../main.ts', '/'])(
  'nothing else is: %s',
  async (place) => {
    expect((await fetch(`${origin}${readerPath}${place}`)).status).toBe(404)
  },
)
