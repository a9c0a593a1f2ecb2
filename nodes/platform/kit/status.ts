import { presentable } from './presentable.ts'

/** What a node has seen; read by its status line and by the metrics. */
export interface NodeCounters {
  readonly type: string
  readonly name: string
  received: number
  sent: number
  failed: number
}

export interface StatusLine {
  readonly fill: 'green' | 'yellow' | 'red' | 'grey'
  readonly shape: 'dot' | 'ring'
  readonly text: string
}

/** What the editor shows under a node without breaking the line. */
export const statusLength = 60

export const formatCount = (count: number): string =>
  count < 10_000
    ? String(count)
    : count < 10_000_000
      ? `${Math.round(count / 1000)}k`
      : `${Math.round(count / 1e6)}M`

/** The line under a node: its rate over the last interval, its total, and its faults. */
export function statusOf(
  now: NodeCounters,
  receivedBefore: number,
  intervalMs: number,
  fault: string | undefined,
  remark?: string,
): StatusLine {
  if (fault !== undefined) return { fill: 'red', shape: 'ring', text: presentable(fault, statusLength) }
  const perSecond = Math.round(((now.received - receivedBefore) * 1000) / intervalMs)
  const rate = perSecond > 0 ? `${formatCount(perSecond)}/s · ` : ''
  const faults = now.failed > 0 ? ` · ${formatCount(now.failed)} failed` : ''
  const besides = remark === undefined ? '' : ` · ${remark}`
  return {
    fill: now.failed > 0 ? 'yellow' : now.received > 0 ? 'green' : 'grey',
    shape: perSecond > 0 ? 'dot' : 'ring',
    text: `${rate}${formatCount(now.received)}${besides}${faults}`,
  }
}
