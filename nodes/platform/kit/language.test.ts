import { expect, test } from 'vitest'
import { acceptedLanguage, chooseLanguage } from './language.ts'

test.each([
  [['pt-PT', 'fr'], 'pt-BR'],
  [['de', 'FR-ca'], 'fr'],
  [['de'], 'en-US'],
  [[], 'en-US'],
])('who reads %j gets %s', (wanted, language) => {
  expect(chooseLanguage(wanted)).toBe(language)
})

test.each([
  [undefined, 'en-US'],
  ['', 'en-US'],
  ['fr', 'fr'],
  ['de, fr;q=0.5, pt;q=0.7', 'pt-BR'],
  ['fr;q=0, en', 'en-US'],
  ['fr;q=nonsense, pt', 'pt-BR'],
  ['fr-CH, fr;q=0.9, en;q=0.8', 'fr'],
  ['*', 'en-US'],
])('Accept-Language %j means %s', (header, language) => {
  expect(acceptedLanguage(header)).toBe(language)
})
