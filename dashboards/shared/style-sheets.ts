import library from 'uplot/dist/uPlot.min.css' with { type: 'text' }
import base from '../styles/base.css' with { type: 'text' }
import device from '../styles/device.css' with { type: 'text' }
import overview from '../styles/overview.css' with { type: 'text' }

let isApplied = false

/** Once for all pages: what is adopted stays as long as the document. */
export function applyStyles(): void {
  if (isApplied) return
  isApplied = true
  for (const text of [library, base, overview, device]) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    document.adoptedStyleSheets.push(sheet)
  }
}
