import { expect, test } from 'vitest'
import { HttpIntake } from './http-intake.ts'

const route = { orgId: 'acme', key: 'd1', type: 'topic' }
const data = Uint8Array.of(1)

/** An intake whose messages become durable when the test says so. */
function held(): { readonly waiting: ((error?: Error) => void)[]; readonly http: HttpIntake } {
  const waiting: ((error?: Error) => void)[] = []
  const intake = {
    accept: (_route: unknown, _data: unknown, done: (error?: Error) => void) => void waiting.push(done),
  }
  return { waiting, http: new HttpIntake(intake, { perOrganization: 2, total: 3 }) }
}

test('an organization has so many on the way, and no more until one is durable', async () => {
  const { http, waiting } = held()
  const first = http.accept('acme', route, data)
  void http.accept('acme', route, data)
  expect(await http.accept('acme', route, data)).toEqual({ kind: 'busy', who: 'organization' })
  waiting[0]?.()
  expect(await first).toEqual({ kind: 'durable' })
  void http.accept('acme', route, data)
  expect(waiting).toHaveLength(3)
})

test('all together have so many; a failure makes room as well', async () => {
  const { http, waiting } = held()
  const failing = http.accept('acme', route, data)
  void http.accept('acme', route, data)
  void http.accept('other', route, data)
  expect(await http.accept('other', route, data)).toEqual({ kind: 'busy', who: 'platform' })
  waiting[0]?.(new Error('the disk is full'))
  await expect(failing).rejects.toThrow('full')
  void http.accept('third', route, data)
  expect(waiting).toHaveLength(4)
})
