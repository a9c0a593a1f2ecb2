import { closeSync, existsSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { figuresOf, noCounts } from '../../nodes/telemetry/counts.ts'
import { createMetrics } from './prometheus.ts'

/** The value of the sample that stands exactly so in the exposition. */
const sample = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

describe('the exposition', () => {
  test('has the counters of the hot path as they are when it is asked for', async () => {
    const metrics = createMetrics()
    const counts = noCounts()
    for (const figure of figuresOf(counts)) metrics.figure(figure)
    counts.messagesReceived = 5
    counts.deadLetters = 2
    expect(sample(await metrics.render(), 'fleetloom_messages_received_total')).toBe(5)
    counts.messagesReceived += 1
    const text = await metrics.render()
    expect(sample(text, 'fleetloom_messages_received_total')).toBe(6)
    expect(sample(text, 'fleetloom_dead_letters_total')).toBe(2)
    expect(sample(text, 'fleetloom_broker_refusals_total')).toBe(0)
    expect(text).toContain('# TYPE fleetloom_messages_received_total counter')
  })

  test('has each node by type and name while it is registered', async () => {
    const metrics = createMetrics()
    const remove = metrics.registerNode({ type: 'decode', name: 'by class', received: 7, sent: 6, failed: 1 })
    const name = 'fleetloom_node_items_received{type="decode",node="by class"}'
    expect(sample(await metrics.render(), name)).toBe(7)
    remove()
    expect(sample(await metrics.render(), name)).toBeUndefined()
  })

  test('adds up nodes of one name', async () => {
    const metrics = createMetrics()
    for (const received of [1, 2])
      metrics.registerNode({ type: 'store', name: 's', received, sent: 0, failed: 0 })
    expect(sample(await metrics.render(), 'fleetloom_node_items_received{type="store",node="s"}')).toBe(3)
  })

  test('asks for figures at each scrape', async () => {
    const metrics = createMetrics()
    let connections = 3
    metrics.gauge('fleetloom_mqtt_connections', 'Devices', async () => connections)
    expect(sample(await metrics.render(), 'fleetloom_mqtt_connections')).toBe(3)
    connections = 4
    expect(sample(await metrics.render(), 'fleetloom_mqtt_connections')).toBe(4)
  })

  test.runIf(existsSync('/proc/self/fd'))('counts the open files of the process', async () => {
    const open = Array.from({ length: 50 }, () => openSync('/dev/null', 'r'))
    const files = sample(await createMetrics().render(), 'process_open_fds') ?? 0
    for (const file of open) closeSync(file)
    const closed = sample(await createMetrics().render(), 'process_open_fds') ?? 0
    expect(closed).toBeGreaterThan(3)
    expect(files - closed).toBeGreaterThan(40)
  })

  test('has no figure that takes a list of all connections', async () => {
    expect(await createMetrics().render()).not.toContain('nodejs_active_')
  })

  test('declares each family once, and ends with a line feed', async () => {
    const text = await createMetrics().render()
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(new Set(families).size).toBe(families.length)
    expect(text.endsWith('\n')).toBe(true)
  })
})

describe('a histogram', () => {
  test('has cumulative buckets with bounds in seconds, and its sum and count', async () => {
    const metrics = createMetrics()
    for (const seconds of [0.001, 0.004, 0.004, 0.004, 999.999]) metrics.readingAge.observe(seconds)
    const text = await metrics.render()
    const bucket = (bound: string): number | undefined =>
      sample(text, `fleetloom_reading_age_seconds_bucket{le="${bound}"}`)
    expect([bucket('0.001'), bucket('0.003'), bucket('0.005'), bucket('5'), bucket('+Inf')]).toEqual([
      1, 1, 4, 4, 5,
    ])
    expect(sample(text, 'fleetloom_reading_age_seconds_count')).toBe(5)
    expect(sample(text, 'fleetloom_reading_age_seconds_sum')).toBeCloseTo(0.001 + 0.012 + 999.999)
  })

  test('has all that was observed, however much, at each scrape', async () => {
    const metrics = createMetrics()
    for (let n = 0; n < 1000; n++) metrics.appendDuration.observe(0.004)
    expect(sample(await metrics.render(), 'fleetloom_append_seconds_count')).toBe(1000)
    metrics.appendDuration.observe(0.004)
    expect(sample(await metrics.render(), 'fleetloom_append_seconds_count')).toBe(1001)
  })
})
