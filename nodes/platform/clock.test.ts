import { expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'

test('what is to run after a time that is over runs soon, and Node has nothing to warn of', async () => {
  const warn = vi.spyOn(process, 'emitWarning')
  await new Promise<void>((resolve) => {
    systemClock.after(-5, resolve)
  })
  expect(warn).not.toHaveBeenCalled()
})
