import { texts } from './texts.ts'

/**
 * The Dashboard's menu calls itself a list and has links that are no items of one: whoever listens to the page hears of an
 * empty list. Without that role they are what they are, links of a navigation. The button that opens it on a phone has no name.
 */
export function mendMenu(): void {
  for (const list of document.querySelectorAll('.v-navigation-drawer [role="list"]'))
    list.removeAttribute('role')
  document.querySelector('.v-app-bar-nav-icon')?.setAttribute('aria-label', texts.menu)
}
