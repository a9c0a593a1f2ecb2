import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { accessibilityFaults } from './harness/axe.ts'
import {
  browserPath,
  isBrowserMissing,
  launchBrowser,
  openPage,
  picture,
  type Watched,
} from './harness/browser.ts'
import { checkContrast } from './harness/contrast.ts'
import { createOrganization } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const madeSchema = z.object({ invitation: z.object({ token: z.string() }) })

describe.skipIf(isBrowserMissing)(`signing in, in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform()
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let token: string

  beforeAll(async () => {
    browser = await launchBrowser()
    const api = await createOrganization(platform().api, 'Inviting')
    const body = { email: 'zoe@inviting.example', name: 'Zoe', role: 'operator' }
    token = madeSchema.parse((await api.call('POST', '/api/v1/users', { body })).body).invitation.token
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  test.each([
    ['en-GB', 'Sign in', 'Welcome to Fleetloom'],
    ['pt-BR', 'Entrar', 'Boas-vindas ao Fleetloom'],
    ['fr-FR', 'Se connecter', 'Bienvenue sur Fleetloom'],
  ])('the pages for %s are in that language, and for everybody', async (locale, button, title) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(browser, { locale, colorScheme }, watched)
      await page.goto(`${platform().url}/login`)
      await page.getByRole('button', { name: button }).waitFor()
      expect(await accessibilityFaults(page)).toEqual([])
      expect((await checkContrast(page, 'main')).tooLow).toEqual([])
      await page.goto(`${platform().url}/login/invitation#x.y`)
      await page.getByRole('heading', { name: title }).waitFor()
      expect(await accessibilityFaults(page)).toEqual([])
      expect((await checkContrast(page, 'main')).tooLow).toEqual([])
      if (locale === 'en-GB') await picture(page, colorScheme === 'dark' ? 'invitation-dark' : 'invitation')
    }
  })

  test('an invitation is accepted with the keyboard: a weak password is told of, a good one signs in', async () => {
    const page = await openPage(browser, { locale: 'pt-BR' }, watched)
    await page.goto(`${platform().url}/login/invitation#${token}`)
    // Nobody who looks over the shoulder, or into the history, has it.
    await expect.poll(() => page.url()).not.toContain(token)
    expect(await page.getByLabel('Convite').isVisible()).toBe(false)
    await page.getByLabel('Nome').fill('Zoé')
    await page.getByLabel('Escolha uma senha').fill('short')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'tem menos de 12 caracteres' }).waitFor()
    await page.getByLabel('Escolha uma senha').fill('uma frase que ninguem mais usa')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/dashboard/**')
    const me = await page.evaluate(async (): Promise<unknown> => (await fetch('/api/v1/me')).json())
    expect(me).toMatchObject({ name: 'Zoé', email: 'zoe@inviting.example' })

    const again = await openPage(browser, { locale: 'fr' }, watched)
    await again.goto(`${platform().url}/login/invitation#${token}`)
    await again.getByLabel('Choisissez un mot de passe').fill('une phrase que personne n’a')
    await again.keyboard.press('Enter')
    await again
      .getByRole('alert')
      .filter({ hasText: 'n’est pas valable, a été utilisé ou a expiré' })
      .waitFor()
  })

  test('nothing was asked of anybody else', () => {
    expect(watched.outside).toEqual([])
  })
})
