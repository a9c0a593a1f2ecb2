import { expect, test } from 'vitest'
import { docsPage } from './docs-page.ts'

test('nothing on the page comes from elsewhere, and no script stands in it', () => {
  const page = docsPage('Fleetloom')
  const places = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, place]) => place)
  expect(places.length).toBeGreaterThan(3)
  expect(places.filter((place) => !/^(\/(?!\/)|openapi\.json$|data:,$)/.test(place ?? ''))).toEqual([])
  expect(page).not.toMatch(/<script>|<script(?! src)/)
})

test('markup in a title is text', () => {
  expect(docsPage('<b>&"')).toContain('<title>&lt;b&gt;&amp;&quot; API</title>')
})
