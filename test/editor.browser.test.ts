import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEditor, startEditor } from '../scripts/build/editor.fixture.ts'

const executablePath = '/usr/bin/chromium'
const isMissing = !existsSync(executablePath)

test.runIf(process.env['CI'] !== undefined)('a browser is there to test the editor with', () => {
  expect(isMissing, `${executablePath} is missing`).toBe(false)
})

describe.skipIf(isMissing)(`the editor in a browser (needs ${executablePath})`, () => {
  let editor: RunningEditor
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    editor = await startEditor()
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    })
    page = await openEditor('en-US')
  })

  afterAll(async () => {
    await browser.close()
    await editor[Symbol.asyncDispose]()
  })

  async function openEditor(locale: string): Promise<Page> {
    const context = await browser.newContext({ locale, viewport: { width: 1400, height: 1000 } })
    const opened = await context.newPage()
    opened.on('pageerror', (error) => complaints.push(error.message))
    opened.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text())
    })
    await opened.goto(editor.url)
    await opened.locator('#red-ui-palette-container-fleetloom_http').waitFor()
    return opened
  }

  /** Drags a node of the type from the palette into the flow and opens its form. */
  async function edit(opened: Page, type: string): Promise<void> {
    const item = opened.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
    await item.scrollIntoViewIfNeeded()
    await item.dragTo(opened.locator('#red-ui-workspace-chart'), { targetPosition: { x: 300, y: 300 } })
    await opened.locator('.red-ui-flow-node-group').last().dblclick()
    await opened.locator('.red-ui-tray-content #node-input-name').waitFor()
  }

  const labelOf = (opened: Page, property: string): Promise<string | null> =>
    opened.locator(`label[for="node-input-${property}"]`).textContent()

  test('the palette shows our categories by name', async () => {
    const heading = page.locator('#red-ui-palette-header-fleetloom_http span')

    expect(await heading.textContent()).toBe('HTTP API')
  })

  test('the form of a decode node has labels, hints and the defaults', async () => {
    await edit(page, 'decode')
    await page.screenshot({ path: process.env['SHOT'] ?? '/dev/null', type: 'png' })

    expect(await labelOf(page, 'pastDays')).toBe('Oldest (days)')
    expect(await page.locator('#node-input-pastDays').inputValue()).toBe('30')
    expect(await page.locator('#node-input-pastDays-hint').textContent()).toContain('older timestamp')
  })
})
