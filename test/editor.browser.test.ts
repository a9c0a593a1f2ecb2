import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEditor, startEditor } from '../scripts/build/editor.fixture.ts'

const executablePath = '/usr/bin/chromium'
/** In CI a missing browser fails, when it cannot be started. */
const isSkipped = !existsSync(executablePath) && process.env['CI'] === undefined

describe.skipIf(isSkipped)(`the editor in a browser (needs ${executablePath})`, () => {
  let editor: RunningEditor
  let browser: Browser
  let page: Page
  let dropped = 0
  const complaints: string[] = []

  beforeAll(async () => {
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
    editor = await startEditor()
    page = await openEditor('en-US')
  })

  afterAll(async () => {
    await editor[Symbol.asyncDispose]()
    await browser.close()
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
    dropped += 1
    await item.dragTo(opened.locator('#red-ui-workspace-chart'), {
      targetPosition: { x: 300, y: 100 * dropped },
    })
    await opened.locator('.red-ui-flow-node-group').last().dblclick()
    await opened.locator('.red-ui-tray-content #node-input-name').waitFor()
    // Node-RED focuses the first field a while after showing the form, then lifts the tray: keys typed before that
    // can land in the wrong field.
    await opened.waitForFunction(`document.querySelector('#red-ui-editor-stack').style.zIndex === '13'`)
  }

  async function save(opened: Page): Promise<void> {
    await opened.locator('#node-dialog-ok').click()
    await opened.locator('.red-ui-tray').waitFor({ state: 'detached' })
  }

  const labelOf = (opened: Page, property: string): Promise<string | null> =>
    opened.locator(`label[for="node-input-${property}"]`).textContent()

  test('the palette shows our categories by name', async () => {
    const heading = page.locator('#red-ui-palette-header-fleetloom_http span')

    expect(await heading.textContent()).toBe('HTTP API')
  })

  test('the form of a decode node has labels, hints and the defaults', async () => {
    await edit(page, 'decode')

    expect(await labelOf(page, 'pastDays')).toBe('Oldest (days)')
    expect(await page.locator('#node-input-pastDays').inputValue()).toBe('30')
    expect(await page.locator('#node-input-pastDays-hint').textContent()).toContain('older timestamp')
    await save(page)
  })

  test('a value that the node would refuse is marked, and the node says why', async () => {
    await edit(page, 'decode')
    const field = page.locator('#node-input-futureMinutes')
    await field.fill('144')
    await field.press('End')
    await field.pressSequentially('1')
    await page.locator('#node-input-futureMinutes.input-error').waitFor()
    await save(page)

    const node = await page.evaluate<unknown>(
      `(({ futureMinutes, validationErrors }) => ({ futureMinutes, validationErrors }))(RED.nodes.filterNodes({ type: 'decode' }).at(-1))`,
    )
    expect(node).toEqual({
      futureMinutes: '1441',
      validationErrors: ['Ahead (min): must be 1440 or less'],
    })
  })

  test('a port says which messages travel there', async () => {
    const label = await page.evaluate<unknown>(`RED.nodes.getType('decode').outputLabels(4)`)

    expect(label).toBe('rejected (reject)')
  })

  test("a guard's form shows the route and the permission of the chosen operation", async () => {
    await edit(page, 'guard')
    expect(await page.locator('#node-input-permission').isVisible()).toBe(true)

    await page.locator('#node-input-operation').selectOption('createDevice')

    expect(await page.locator('#fleetloom-guard-route').textContent()).toBe('POST /api/v1/devices')
    expect(await page.locator('#fleetloom-guard-access').textContent()).toBe('modules:iot:devices:create')
    await page.locator('#node-input-permission').waitFor({ state: 'hidden' })
    await save(page)
  })

  test('a request is asked for by its operation, and shows its route as its label', async () => {
    await edit(page, 'request')
    expect(await page.locator('#fleetloom-request-route').isVisible()).toBe(false)
    await page.locator('#node-input-operation.input-error').waitFor()

    await page.locator('#node-input-operation').selectOption('createDevice')

    expect(await page.locator('#fleetloom-request-route').textContent()).toBe('POST /api/v1/devices')
    expect(await page.locator('#fleetloom-request-access').textContent()).toBe('modules:iot:devices:create')
    await save(page)
    const node = await page.evaluate<unknown>(
      `(({ operation, valid, _def, ...node }) => ({ operation, valid, label: _def.label.call({ operation, ...node }) }))(RED.nodes.filterNodes({ type: 'request' }).at(-1))`,
    )
    expect(node).toEqual({ operation: 'createDevice', valid: true, label: 'POST /api/v1/devices' })
  })

  test.each([
    ['pt-BR', 'telemetria', 'decodificar', 'Antiguidade (dias)'],
    ['fr', 'télémétrie', 'décoder', 'Ancienneté (jours)'],
  ])('the editor speaks %s', async (locale, heading, palette, label) => {
    const translated = await openEditor(locale)
    const item = translated.locator('.red-ui-palette-node[data-palette-type="decode"]')

    expect(await translated.locator('#red-ui-palette-header-fleetloom_telemetry span').textContent()).toBe(
      heading,
    )
    expect(await item.textContent()).toContain(palette)
    await edit(translated, 'decode')
    expect(await labelOf(translated, 'pastDays')).toBe(label)
    await translated.context().close()
  })

  test('the browser had nothing to complain about', () => {
    expect(complaints).toEqual([])
  })
})
