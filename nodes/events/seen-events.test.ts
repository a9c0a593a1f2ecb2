import { expect, test } from 'vitest'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { SeenEvents } from './seen-events.ts'

const event = (subject: string, seq: number): DomainEvent => ({
  id: `doors/${subject}/${seq}`,
  orgId: 'acme',
  subject: { kind: 'doors', id: subject },
  aggregateId: subject,
  seq,
  type: 'DoorOpened',
  atMs: 0,
  at: '1970-01-01T00:00:00.000Z',
  data: null,
})
const numbers = (events: readonly DomainEvent[]): readonly string[] =>
  events.map(({ seq, subject }) => `${subject.id} ${seq}`)

test('an event that has gone through does not come again, and one that has not does', () => {
  const seen = new SeenEvents()
  seen.passed([event('d1', 1), event('d1', 2), event('d2', 1)])
  expect(numbers(seen.unseen([event('d1', 2), event('d1', 3), event('d2', 1), event('d3', 1)]))).toEqual([
    'd1 3',
    'd3 1',
  ])
  expect(numbers(seen.unseen([event('d1', 3)]))).toEqual(['d1 3'])
})

test('an event that comes twice in one batch is taken once', () => {
  expect(numbers(new SeenEvents().unseen([event('d1', 1), event('d1', 2), event('d1', 1)]))).toEqual([
    'd1 1',
    'd1 2',
  ])
})

test('events without a number all come', () => {
  const seen = new SeenEvents()
  seen.passed([event('d1', 4), event('d1', 0)])
  expect(numbers(seen.unseen([event('d1', 0), event('d1', 4), event('d1', 0)]))).toEqual(['d1 0', 'd1 0'])
})

test('the subjects heard of longest ago are forgotten first', () => {
  const seen = new SeenEvents(2)
  seen.passed([event('d1', 1), event('d2', 1), event('d1', 2), event('d3', 1)])
  expect(numbers(seen.unseen([event('d1', 2), event('d2', 1), event('d3', 1)]))).toEqual(['d2 1'])
})

test('when a batch comes back after all, everything is taken again', () => {
  const seen = new SeenEvents()
  seen.passed([event('d1', 1)])
  seen.forget()
  expect(numbers(seen.unseen([event('d1', 1)]))).toEqual(['d1 1'])
})
