import { afterAll, afterEach, beforeAll } from 'vitest'
import { type PlatformOptions, startPlatform, type TestPlatform } from './platform.ts'

/** One platform for the tests of a suite; its log is shown with each test that fails. */
export function usePlatform(options: PlatformOptions = {}): () => TestPlatform {
  let platform: TestPlatform | undefined
  beforeAll(async () => {
    platform = await startPlatform(options)
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail' && platform !== undefined) showLog(platform)
  })
  afterAll(async () => platform?.dispose())
  return () => {
    if (platform === undefined) throw new Error('the platform was not started')
    return platform
  }
}

function showLog(platform: TestPlatform): void {
  process.stderr.write(`──── the platform's log ────\n${platform.log.slice(-6000)}\n────\n`)
}
