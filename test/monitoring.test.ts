import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { usePlatform } from './harness/use-platform.ts'

const deploy = path.join(import.meta.dirname, '../deploy')
const board = z
  .object({
    panels: z.array(
      z.object({
        title: z.string(),
        datasource: z.object({ uid: z.string() }),
        targets: z.array(z.object({ expr: z.string() })).min(1),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(path.join(deploy, 'grafana/boards/fleetloom.json'), 'utf8')))
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) })
  .parse(parse(readFileSync(path.join(deploy, 'prometheus/alerts.yml'), 'utf8')))
const datasources = z
  .object({ datasources: z.array(z.object({ uid: z.string() })) })
  .parse(parse(readFileSync(path.join(deploy, 'grafana/provisioning/datasources/prometheus.yml'), 'utf8')))

const onBoard = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const expressions = [...onBoard, ...alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))]

/** The metrics that a PromQL expression asks for. */
function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b[a-z_]\w*\b(?!\s*\()/gi)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless'].includes(name))
}

const promtool = spawnSync('promtool', ['--version']).status === 0
if (!promtool && process.env['CI'] !== undefined) throw new Error('promtool is missing (Debian: prometheus)')

describe('what Prometheus and Grafana are given', () => {
  const running = usePlatform()

  it('asks for metrics that there are', async () => {
    const text = await (await fetch(`${running().url}/metrics`)).text()
    const there = new Set([...text.matchAll(/^([a-z_]\w*)[ {]/gim)].map(([, name]) => name))
    const asked = new Set(expressions.flatMap(metricsIn))
    expect(asked.size).toBeGreaterThan(12)
    // Prometheus' own, for each target.
    expect([...asked].filter((name) => name !== 'up' && !there.has(name))).toEqual([])
  })

  it('shows every figure of the platform on the board or watches it', async () => {
    const text = await (await fetch(`${running().url}/metrics`)).text()
    const own = [...text.matchAll(/^# TYPE (fleetloom_\w+)/gm)].map(([, name]) => name ?? '')
    const asked = new Set(expressions.flatMap(metricsIn).map((name) => name.replace(/_bucket$/, '')))
    expect(own.filter((name) => !asked.has(name))).toEqual([])
  })

  it('has a datasource for every panel', () => {
    const uids = new Set(datasources.datasources.map(({ uid }) => uid))
    for (const { datasource, title } of board.panels)
      expect([title, uids.has(datasource.uid)]).toEqual([title, true])
  })

  it.skipIf(!promtool)('is what promtool takes (skipped without promtool)', () => {
    const folder = makeTempDir('promtool')
    // The board's expressions as rules, so that their grammar is looked at, too.
    const rules = onBoard.map((expr, index) => ({ record: `board:panel:${index}`, expr }))
    writeFileSync(path.join(folder, 'board.yml'), stringify({ groups: [{ name: 'board', rules }] }))
    const checks = [
      ['config', path.join(deploy, 'prometheus/prometheus.yml')],
      ['rules', path.join(deploy, 'prometheus/alerts.yml')],
      ['rules', path.join(folder, 'board.yml')],
    ].map((words) => spawnSync('promtool', ['check', ...words], { encoding: 'utf8' }))
    removeTempDir(folder)
    for (const { status, stderr, stdout } of checks) expect(`${status} ${stdout}${stderr}`).toMatch(/^0 /)
  })
})
