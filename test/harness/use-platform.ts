import { afterAll, beforeAll, onTestFailed } from 'vitest'
import { type PlatformOptions, startPlatform, type TestPlatform } from './platform.ts'

/** One platform for the tests of a file; its log is shown with each test that fails. */
export function usePlatform(options: PlatformOptions = {}): () => TestPlatform {
  let platform: TestPlatform | undefined
  beforeAll(async () => {
    platform = await startPlatform(options)
  })
  afterAll(async () => platform?.dispose())
  return () => {
    const running = platform
    if (running === undefined) throw new Error('the platform was not started')
    showLogOnFailure(running)
    return running
  }
}

export function showLogOnFailure(platform: TestPlatform): void {
  onTestFailed(() => {
    process.stderr.write(`──── the platform's log ────\n${platform.log.slice(-6000)}\n────\n`)
  })
}
