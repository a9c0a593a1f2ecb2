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
  run(where: Document): Promise<{ readonly violations: readonly Finding[] }>
}

/** What axe-core finds serious or critical on a page, all of it, each with the first elements that it finds it at. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(source)
  const findings = await page.evaluate(async (): Promise<readonly Finding[]> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script above has put there
    const { axe } = globalThis as unknown as { readonly axe: Axe }
    const { violations } = await axe.run(document)
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3) }))
  })
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
    )
}
