import { expect, test } from 'vitest'
import { Tally } from './tally.ts'

test('each kind is a counter of its own, that begins with none', async () => {
  const tally = new Tally('fleetloom_doors', { opened: 'Doors that opened', shut: 'Doors that shut' })
  tally.note('opened')
  tally.note('opened')
  tally.note(undefined)
  const read = await Promise.all(
    tally.figures.map(async ({ help, kind, name, read: of }) => [kind, name, help, await of()]),
  )
  expect(read).toEqual([
    ['counter', 'fleetloom_doors_opened_total', 'Doors that opened', 2],
    ['counter', 'fleetloom_doors_shut_total', 'Doors that shut', 0],
  ])
})
