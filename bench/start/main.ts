/** How long the platform takes to start, and how much of the CPU; beside another checkout of the project. */
import { fileURLToPath } from 'node:url'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../ingest/report.ts'
import { makeTempDir, removeTempDir } from '../ingest/targets/temp-dir.ts'
import { Checkout, type Content, type Started } from './checkout.ts'

export const about =
  'Start: how long until it is ready, with nothing in the store and with many devices and timers'
export const usage = `  --against DIR   another checkout, built and with what it needs installed; each starts in turns
  --rounds N      starts of each, of which the medians count (default 5)
  --devices N     that are registered (default 10000)
  --timers N      that are to come (default 100000)`

const root = fileURLToPath(new URL('../../', import.meta.url))

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      against: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      devices: { type: 'string', default: '10000' },
      timers: { type: 'string', default: '100000' },
    },
  })
  const roots: readonly (readonly [name: string, root: string])[] = [
    ['this one', root],
    ...(typeof values.against === 'string' ? [['the other', path.resolve(values.against)] as const] : []),
  ]
  const full = { devices: Number(values.devices), timers: Number(values.timers) }
  for (const content of [{ devices: 0, timers: 0 }, full])
    await compare(roots, content, Number(values.rounds))
}

async function compare(
  roots: readonly (readonly [name: string, root: string])[],
  content: Content,
  rounds: number,
): Promise<void> {
  const measured = roots.map(([name, checkout]) => {
    const folder = makeTempDir('start')
    const starts: Started[] = []
    return { checkout: new Checkout(name, checkout, folder), folder, starts }
  })
  for (const { checkout } of measured) await checkout.fill(content)
  for (let round = 0; round < rounds; round += 1) {
    // Whoever is first finds the disk busy with what the one before has left.
    const turns = round % 2 === 0 ? measured : measured.toReversed()
    for (const { checkout, starts } of turns) starts.push(await checkout.start())
  }
  console.log(`${content.devices} devices, ${content.timers} timers to come, medians of ${rounds} starts`)
  for (const { checkout, starts } of measured) {
    const of = (figure: keyof Started): string => median(starts.map((each) => each[figure])).toFixed(0)
    console.log(
      `  ${checkout.name.padEnd(9)} ready after ${of('readyMs')} ms, CPU ${of('cpuMs')} ms, ${of('rssMb')} MB`,
    )
  }
  const [own, other] = measured
  if (own !== undefined && other !== undefined) {
    const ratio = (figure: keyof Started): string =>
      median(own.starts.map((each, n) => each[figure] / (other.starts[n]?.[figure] ?? Number.NaN))).toFixed(2)
    console.log(`  × ${ratio('readyMs')} of the time, × ${ratio('cpuMs')} of the CPU, round by round`)
  }
  for (const { folder } of measured) removeTempDir(folder)
}
