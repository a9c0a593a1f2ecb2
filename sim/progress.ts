import type { Counts } from './counts.ts'

const EVERY_MS = 5_000

/** One line on how the fleet is doing; what is zero and should be is left out. */
export function formatProgress(counts: Counts): string {
  const parts = [
    `${counts.connected} of ${counts.devices} connected`,
    `sent ${counts.sent}`,
    `acknowledged ${counts.acknowledged}`,
    `commands ${counts.commands}`,
    `answered ${counts.answered}`,
    ...some('acks lost on purpose', counts.lost),
    ...some('commands ignored', counts.ignoredCommands),
    ...some('readings skipped', counts.skipped),
    ...some('reconnects', counts.reconnects),
  ]
  return parts.join(' · ')
}

/** The problems since the last call, one line each, however many devices had them. */
export function takeProblems(counts: Counts): readonly string[] {
  const lines = [...counts.problems].map(([message, times]) =>
    times === 1 ? message : `${message} (${times} times)`,
  )
  counts.problems.clear()
  return lines
}

export interface Progress {
  /** Shows the final figures. */
  stop(): void
}

/** On a terminal the line is rewritten in place, elsewhere every line is a new one. */
export function startProgress(counts: Counts, out: NodeJS.WriteStream): Progress {
  const show = (ending: string): void => {
    const start = out.isTTY ? '\r\u001b[K' : ''
    for (const problem of takeProblems(counts)) out.write(`${start}problem: ${problem}\n`)
    out.write(`${start}${formatProgress(counts)}${ending}`)
  }
  const timer = setInterval(show, EVERY_MS, out.isTTY ? '' : '\n')
  return {
    stop() {
      clearInterval(timer)
      show('\n')
    },
  }
}

function some(label: string, count: number): readonly string[] {
  return count === 0 ? [] : [`${label} ${count}`]
}
