import { expect, test } from 'vitest'
import { z } from 'zod'
import { toDocsPage } from './docs-page.ts'
import { toOpenApi } from './openapi.ts'
import { defineOperation, reply } from '../platform/kit/endpoints/operation.ts'

const markup = '<script>alert("1")</script>&'
const operation = defineOperation({
  id: 'createThing',
  method: 'post',
  path: '/api/v1/things/:id',
  tag: markup,
  summary: `Make a thing ${markup}`,
  access: 'modules:iot:things:create',
  params: z.object({ id: z.string() }),
  body: z.object({ name: z.string().describe(markup) }),
  responses: { 201: { description: markup, schema: z.object({}) } },
  handle: () => Promise.resolve(reply(201)),
})
const page = toDocsPage(toOpenApi([operation], { version: markup, url: 'https://iot.example' }))

test('the page shows every operation with its path, parameters, body, answers and permission', () => {
  expect(page).toContain('<code class="method">POST</code> <code>/api/v1/things/{id}</code>')
  expect(page).toContain('<code>id</code> in path, required')
  expect(page).toContain('<span class="permission">modules:iot:things:create</span>')
  expect(page).toContain('<code>201</code>')
  expect(page).toContain('&quot;name&quot;')
})

test('markup in a document is text', () => {
  expect(page).not.toContain('<script')
  expect(page).not.toMatch(/(href|id)="[^"]*[<>]/)
  expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;')
})

test('nothing comes from elsewhere', () => {
  expect(page).not.toMatch(/src=|@import|url\(|href="https?:/)
})
