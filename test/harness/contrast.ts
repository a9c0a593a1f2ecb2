import type { Page } from 'playwright-core'

export interface ContrastReport {
  readonly checked: number
  readonly tooLow: readonly string[]
}

/**
 * Contrast by WCAG 2.2 (1.4.3) of every text that is seen below `selector`, against the nearest background behind it.
 * Large text needs 3, everything else 4.5. Colours that are on their way to others (a theme that has just been chosen) are
 * waited for.
 */
export function checkContrast(page: Page, selector: string): Promise<ContrastReport> {
  return page.evaluate(async (root) => {
    const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition)
    await Promise.allSettled(transitions.map(({ finished }) => finished))
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    // Drawn, since computed colours come in several notations.
    const rgba = (colour: string): readonly number[] => {
      if (canvas === null) return [0, 0, 0, 0]
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      return [...canvas.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (colour: readonly number[]): number => {
      const [red = 0, green = 0, blue = 0] = colour.map((channel) => {
        const share = channel / 255
        return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const backgroundOf = (element: Element): readonly number[] => {
      for (let each: Element | null = element; each !== null; each = each.parentElement) {
        const colour = rgba(getComputedStyle(each).backgroundColor)
        if (colour[3] === 255) return colour
      }
      return [255, 255, 255, 255]
    }
    const tooLow: string[] = []
    let checked = 0
    for (const element of document.querySelectorAll(`${root} *`)) {
      const text = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '',
      )
      const style = getComputedStyle(element)
      const isDisabled = element instanceof HTMLButtonElement && element.disabled
      if (!text || isDisabled || !element.checkVisibility() || element.closest('.fl-hidden, .fl-skeleton'))
        continue
      const [light = 0, dark = 0] = [luminance(rgba(style.color)), luminance(backgroundOf(element))].toSorted(
        (a, b) => b - a,
      )
      const ratio = (light + 0.05) / (dark + 0.05)
      checked += 1
      if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
        tooLow.push(`${element.className}: ${ratio.toFixed(2)}`)
      }
    }
    return { checked, tooLow }
  }, selector)
}
