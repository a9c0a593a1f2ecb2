import { expect, test } from 'vitest'
import { guestNotices, wordsForGuest } from './guest-words.ts'

const about = { pod: 'Cabin\r\nBcc: x {code}', timeZone: 'Europe/Rome', startMs: 0, endMs: 3_600_000 }

test.each(['en', 'pt', 'fr'] as const)(
  'in %s every notice has words, on the clock of the pod',
  (language) => {
    for (const notice of guestNotices) {
      const { text, title } = wordsForGuest(notice, language, about)
      expect(title).not.toMatch(/[\n\r]/)
      expect(`${title} ${text}`).toMatch(/0?[12]:00|1 h/)
      // Only where there is a code for it, and never by what a tenant has called a pod.
      expect(title).not.toContain('{code}')
      const isWithCode = ['booking.code', 'booking.moved', 'booking.starting'].includes(notice)
      expect(text.includes('{code}')).toBe(isWithCode)
    }
  },
)
