import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../nodes/platform/clock.ts'
import type { StreamUnderTest } from '../../nodes/platform/stream/contract/fixture.ts'
import { mortalClock } from './mortal-clock.fixture.ts'
import type { Stream } from '../../nodes/platform/stream/port.ts'
import { openSqliteStream, type SqliteStreamOptions, type StreamLogger } from './sqlite.ts'

/** Waits are a fortieth of what they are in life. */
export const hastyClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / 40, run),
}

export interface SqliteUnderTest extends StreamUnderTest {
  readonly file: string
}

export async function sqliteUnderTest(options: Partial<SqliteStreamOptions> = {}): Promise<SqliteUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetloom-stream-'))
  const file = join(folder, 'stream.db')
  let clock = mortalClock()
  const open = () => openSqliteStream({ file, clock, ...options })
  let stream: Stream = await open()
  return {
    file,
    stream: () => stream,
    async reopen() {
      await stream.close()
      stream = await open()
      return stream
    },
    async crash() {
      clock.stop()
      clock = mortalClock()
      stream = await open()
      return stream
    },
    async dispose() {
      await stream.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A logger whose messages can be awaited. */
export function awaitableLogger(): {
  readonly logger: StreamLogger
  readonly logged: (part: string) => Promise<object>
} {
  const lines: { readonly fields: object; readonly message: string }[] = []
  const waiting: { readonly part: string; readonly resolve: (fields: object) => void }[] = []
  const log = (fields: object, message: string) => {
    lines.push({ fields, message })
    for (const { part, resolve } of waiting) if (message.includes(part)) resolve(fields)
  }
  return {
    logger: { info: log, warn: log, error: log },
    logged: (part) =>
      new Promise((resolve) => {
        const line = lines.find(({ message }) => message.includes(part))
        if (line === undefined) waiting.push({ part, resolve })
        else resolve(line.fields)
      }),
  }
}
