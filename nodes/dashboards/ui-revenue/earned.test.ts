import { expect, test } from 'vitest'
import { columnsOf, csvOf, lastDays, rowsOf, spanOf } from './earned.ts'

test('a span has both of its days, and no more than a year of them', () => {
  expect(spanOf('2026-02-27', '2026-03-01')).toEqual({
    from: '2026-02-27',
    to: '2026-03-02',
    days: ['2026-02-27', '2026-02-28', '2026-03-01'],
  })
  expect(spanOf('2026-03-01', '2026-03-01')?.days).toHaveLength(1)
  expect(spanOf('2026-03-02', '2026-03-01')).toBeUndefined()
  expect(spanOf('2026-01-01', '2027-01-02')).toBeUndefined()
  expect(spanOf('', '2026-03-01')).toBeUndefined()
  expect(lastDays('2026-03-01', 30)).toEqual({ first: '2026-01-31', last: '2026-03-01' })
})

test('pods are in the order of what they earned, by their names', () => {
  const items = [
    { pod: 'p1', credits: 5 },
    { pod: 'p2', credits: 20 },
    { pod: 'p3', credits: -2 },
  ]
  const names = new Map([['p2', 'Cabin 2']])
  const rows = rowsOf(items, 'pod', (id) => names.get(id) ?? id)
  expect(rows).toEqual([
    { key: 'p2', name: 'Cabin 2', credits: 20, percent: 100 },
    { key: 'p1', name: 'p1', credits: 5, percent: 25 },
    { key: 'p3', name: 'p3', credits: -2, percent: 10 },
  ])
  expect(csvOf(rows, 'pod')).toBe('pod,name,credits\r\np2,Cabin 2,20\r\np1,p1,5\r\np3,p3,-2\r\n')
})

test('days without anything have a column, and no row', () => {
  const items = [
    { day: '2026-03-03', credits: 4 },
    { day: '2026-03-01', credits: 1 },
  ]
  const days = ['2026-03-01', '2026-03-02', '2026-03-03']
  expect(columnsOf(items, days)).toEqual([
    { key: '2026-03-01', credits: 1, percent: 25 },
    { key: '2026-03-02', credits: 0, percent: 0 },
    { key: '2026-03-03', credits: 4, percent: 100 },
  ])
  expect(columnsOf([], days).every(({ percent }) => percent === 0)).toBe(true)
  expect(csvOf(rowsOf(items, 'day', String), 'day')).toBe('day,credits\r\n2026-03-03,4\r\n2026-03-01,1\r\n')
})

test('an address that a spreadsheet would compute is text in the file', () => {
  const rows = rowsOf([{ site: '=1+1', credits: 1 }], 'site', String)
  expect(csvOf(rows, 'site')).toBe('site,credits\r\n"\'=1+1",1\r\n')
})
