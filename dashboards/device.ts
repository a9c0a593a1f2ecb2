import { devicePage } from './device/page.ts'
import { mountPage, type Router } from './shared/page.ts'

/** Called by the template of the page "Device"; the result takes the page down again. */
export const mount = (root: HTMLElement, router: Router): Promise<() => void> =>
  mountPage(root, router, devicePage)
