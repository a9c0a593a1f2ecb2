/** Relative luminance by WCAG 2, from `r, g, b` as the dashboard's theme has it. */
export function isDark(rgb: string): boolean {
  const channels = rgb.split(/[\s,]+/).map(Number)
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const share = channel / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  // Where black and white text contrast alike.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179
}

/** Light or dark by the theme’s background, be it the system’s wish or a dark theme made in the editor. */
export function followScheme(root: HTMLElement, signal: AbortSignal): void {
  const apply = (): void => {
    const background = getComputedStyle(root).getPropertyValue('--v-theme-background').trim()
    root.style.colorScheme = background !== '' && isDark(background) ? 'dark' : 'light'
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => requestAnimationFrame(apply), {
    signal,
  })
  apply()
}
