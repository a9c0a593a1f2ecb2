import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Finding {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

interface Axe {
  run(where: { readonly include: readonly string[] }): Promise<{ readonly violations: readonly Finding[] }>
}

/**
 * What axe-core finds serious or critical on a page of the dashboard and in its title bar, each with the first elements
 * that it finds it at. The Dashboard's own menu is not looked at: its list has a role that its links do not go with.
 *
 * @param include selectors of what is looked at instead, on a page that is not the dashboard's
 */
export async function accessibilityFaults(
  page: Page,
  include: readonly string[] = ['.nrdb-ui-page', '#app-bar-actions'],
): Promise<readonly string[]> {
  await page.evaluate(source)
  const findings = await page.evaluate(async (where): Promise<readonly Finding[]> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script above has put there
    const { axe } = globalThis as unknown as { readonly axe: Axe }
    const { violations } = await axe.run({ include: where })
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3) }))
  }, include)
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
    )
}
