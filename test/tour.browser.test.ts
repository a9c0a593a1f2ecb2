import { spawn } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  picture,
} from './harness/browser.ts'
import { adminPassword } from './harness/platform.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const root = path.join(import.meta.dirname, '..')

interface Step {
  readonly commands: string
  /** What the README shows after them; undefined where it shows nothing. */
  readonly shown: string | undefined
}

/** Commands of the README, from one that has this in it to one that has that. */
function stepsOfReadme(first: string, last: string): readonly Step[] {
  const blocks = readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(
    /^```sh\n(?<commands>[^]*?)^```\n(?:```\n(?<shown>[^]*?)\n```\n)?/gm,
  )
  const steps = [...blocks].map(({ groups }) => ({
    commands: groups?.['commands'] ?? '',
    shown: groups?.['shown'],
  }))
  const from = steps.findIndex(({ commands }) => commands.includes(first))
  const to = steps.findIndex(({ commands }) => commands.includes(last))
  expect([from >= 0, to >= from]).toEqual([true, true])
  return steps.slice(from, to + 1)
}

describe('the tour of the README', () => {
  const platform = usePlatform()
  let shell: ReturnType<typeof openShell>
  const adapted = (text: string): string =>
    text
      .replaceAll('http://127.0.0.1:1880', platform().url)
      .replaceAll('-p 1883', `-p ${platform().mqttPort}`)
      .replace('the printed password', adminPassword)

  beforeAll(async () => {
    shell = openShell()
    const [token] = stepsOfReadme('TOKEN=$(curl', 'api() {')
    await shell.run(adapted(token?.commands ?? ''))
    await shell.run(`api $API/organizations -d '{"id":"acme","name":"Acme"}'`)
  })
  afterAll(() => shell.close())

  test('by curl a pod is booked, opened and left, as it says', async () => {
    const steps = stepsOfReadme('"id":"nest-1"', 'rm pod.json')
    const seen: (string | undefined)[] = []
    for (const { commands, shown } of steps) {
      const said = await shell.run(adapted(commands))
      seen.push(shown)
      if (shown === undefined) continue
      // What follows a moment later is looked at again, as whoever reads does.
      const again = adapted(commands).trim().split('\n').at(-1) ?? ''
      let latest = said
      await until(`${again}: ${shown}`, async () => {
        if (latest.trim() === shown) return true
        latest = await shell.run(again)
        return undefined
      })
    }
    expect(seen).toEqual([undefined, 'CONFIRMED', 'booking', 'INPROGRESS', 'COMPLETED'])
  })

  test.skipIf(isBrowserMissing)(`by browser it goes the same way (needs ${browserPath})`, async () => {
    const [pod] = stepsOfReadme('"id":"nest-1"', '"id":"nest-1"')
    const commands = (pod?.commands ?? '').split('\n').filter((line) => !/guest@|wallets/.test(line))
    await shell.run(
      commands.join('\n').replaceAll('nest-1', 'nest-2').replace('"Nest",', '"Nest by the sea",'),
    )
    await using browser = await launched()
    const page = await browser.open(`${platform().url}/app`)
    await fillSignIn(page, { email: 'guest@acme.example', password: 'sleeps-in-a-pod-42' })
    await page.locator('a.card', { hasText: 'Nest by the sea' }).click()
    await page.getByRole('radio').first().check({ force: true })
    await picture(page, 'tour-book')
    await page.getByRole('button', { name: 'Book for 2 credits' }).click()
    await expect.poll(() => page.locator('.code').textContent(), { timeout: 30_000 }).toMatch(/^\d{6}$/)
    await picture(page, 'tour-code')
    const code = await page.locator('.code').textContent()
    await shell.run(`POD_SECRET=$(field .credential.password < pod.json)`)
    const door = async (event: string): Promise<void> => {
      const [open] = stepsOfReadme('door() {', 'door() {')
      const line = (open?.commands ?? '').split('\n').find((each) => each.startsWith('door()')) ?? ''
      await shell.run(`${adapted(line).replaceAll('nest-1', 'nest-2')}\ndoor '${event}'`)
    }
    await door(`{"event":"CODE_ENTERED","code":"${code}"}`)
    await door('{"event":"OPEN_DOOR"}')
    await page.getByText('You are in').waitFor()
    await picture(page, 'tour-in')
    await door('{"event":"SESSION_END"}')
    await door('{"event":"CLOSE_DOOR"}')
    // The other one, that was booked by curl, is over as well.
    await page.locator('li[data-status=COMPLETED]', { hasText: 'Nest by the sea' }).waitFor()
    await picture(page, 'tour-over')
  })
})

async function launched(): Promise<AsyncDisposable & { open(url: string): Promise<Page> }> {
  const browser = await launchBrowser()
  return {
    async open(url) {
      const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
      const page = await openPage(browser, phone, { complaints: [], outside: [], received: [] })
      page.setDefaultTimeout(60_000)
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** One shell for all commands, in a folder of its own from which `npx` finds what is installed. */
function openShell() {
  const folder = makeTempDir('tour')
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  const bash = spawn('bash', [], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  bash.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  let runs = 0
  return {
    /** What the commands say. */
    async run(commands: string): Promise<string> {
      const end = `--- end of ${(runs += 1)}`
      output = ''
      bash.stdin.write(`${commands}\necho '${end}'\n`)
      await until(`the end of ${commands}`, () => output.includes(end) || undefined, { seconds: 110 })
      return output.slice(0, output.indexOf(end))
    },
    close() {
      bash.stdin.end()
      removeTempDir(folder)
    },
  }
}
