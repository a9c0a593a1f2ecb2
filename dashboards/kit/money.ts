import { language } from './language.ts'
import type { Locale } from './format.ts'

/** In whole units of the currency, as its country writes them. */
export function formatMoney(
  { amountMinor, currency }: { readonly amountMinor: number; readonly currency: string },
  locale: Locale = language,
): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
