import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('one waits for those before it of its key, failed or not, and for no others', async () => {
  const turns = new Turns()
  const begun: string[] = []
  const gates = new Map<string, PromiseWithResolvers<string>>()
  const take = (key: string, name: string): Promise<string> =>
    turns.take(key, () => {
      begun.push(name)
      const gate = Promise.withResolvers<string>()
      gates.set(name, gate)
      return gate.promise
    })
  const first = take('a', 'a1')
  const second = take('a', 'a2')
  const other = take('b', 'b1')
  await nextTurn()
  expect(begun).toEqual(['a1', 'b1'])
  gates.get('b1')?.resolve('done')
  expect(await other).toBe('done')
  expect(begun).toEqual(['a1', 'b1'])
  gates.get('a1')?.reject(new Error('failed'))
  await expect(first).rejects.toThrow('failed')
  await nextTurn()
  expect(begun).toEqual(['a1', 'b1', 'a2'])
  const third = take('a', 'a3')
  gates.get('a2')?.resolve('done')
  expect(await second).toBe('done')
  await nextTurn()
  gates.get('a3')?.resolve('done too')
  expect(await third).toBe('done too')
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3'])
})
