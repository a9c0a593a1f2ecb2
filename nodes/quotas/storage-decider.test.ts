import { describe, test } from 'vitest'
import { given } from '../platform/kit/decider/given.fixture.ts'
import { type MeasureStorage, storageDecider } from './storage-decider.ts'

const measure = (documents: number, limitBytes: number | null, archive?: number): MeasureStorage => ({
  type: 'MeasureStorage',
  held: { documents, series: 20, archive },
  limitBytes,
})
const measured = (documents: number, archive = 0) =>
  ({ type: 'StorageMeasured', data: { documents, series: 20, archive } }) as const
const exceeded = { type: 'StorageQuotaExceeded', data: { bytes: 120, limitBytes: 100 } } as const

describe('what an organization holds', () => {
  test('within its quota, or without one, is only measured', () => {
    given(storageDecider).when(measure(80, 100)).thenHappens(measured(80))
    given(storageDecider).when(measure(1e12, null)).thenHappens(measured(1e12))
  })

  test('beyond it is told once', () => {
    given(storageDecider).when(measure(100, 100)).thenHappens(measured(100), exceeded)
    const over = given(storageDecider, measured(100), exceeded)
    over.when(measure(110, 100)).thenHappens(measured(110))
    over.when(measure(110, 100)).thenState({ isOver: true, documents: 110 })
  })

  test('is told again when it fits, because there is less of it or the quota is larger or gone', () => {
    const over = given(storageDecider, measured(100), exceeded)
    const met = (bytes: number, limitBytes: number | null) =>
      ({ type: 'StorageQuotaMet', data: { bytes, limitBytes } }) as const
    over.when(measure(10, 100)).thenHappens(measured(10), met(30, 100))
    over.when(measure(100, 120)).thenHappens(measured(100), met(120, 120))
    over.when(measure(100, null)).thenHappens(measured(100), met(120, null))
    over.when(measure(10, 100)).thenState({ isOver: false })
  })

  test('is in the archive what it was, while the archive cannot be asked', () => {
    given(storageDecider, measured(10, 90)).when(measure(10, 100)).thenHappens(measured(10, 90), exceeded)
  })
})
