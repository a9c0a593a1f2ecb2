import { expect, it } from 'vitest'
import { z } from 'zod'
import { describedOperations, fill } from './harness/openapi.ts'
import { createOrganization } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const running = usePlatform()
const problemSchema = z.object({ errors: z.array(z.object({ path: z.string() })) })
/** A name that no operation has, and one that many have in another spelling. */
const strangers = ['unheardOf', 'Limit']

it('a query parameter that an operation does not describe is refused by name, at every one of them', async () => {
  const api = await createOrganization(running().api, 'acme')
  const operations = await describedOperations(api)
  // Otherwise the description would have no operations, and the test nothing to say.
  expect(operations.length).toBeGreaterThan(150)
  const otherwise: string[] = []
  for (const { id, method, path, query } of operations)
    for (const stranger of strangers) {
      const to = `${fill(path, { port: '1' })}${query}${query === '' ? '?' : '&'}${stranger}=1`
      const { body, status } = await api.call(method, to)
      const named = problemSchema.safeParse(body).data?.errors.map((error) => error.path) ?? []
      if (status !== 400 || !named.includes(`query.${stranger}`))
        otherwise.push(`${id} (${method} ${to}): ${status} ${named.join(' ')}`)
    }
  expect(otherwise).toEqual([])
}, 120_000)
