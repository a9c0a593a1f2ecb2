import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { languages } from '../language.ts'
import { invalid, problem, problemOfIssues } from './problem.ts'
import { problemIn } from './problem-in.ts'
import { problemSentences } from './problem-sentences.ts'
import { otherTitle, problemTitles } from './problem-titles.ts'

test('every status that anything refuses with has a title, in every language', async () => {
  const refused = new Set<number>()
  for await (const file of glob('{nodes,settings,editor}/**/*.ts', { exclude: ['**/node_modules/**'] })) {
    if (file.endsWith('.test.ts')) continue
    for (const [, status] of (await readFile(file, 'utf8')).matchAll(
      /\bproblem\(\s*(\d{3})\b|status: ([45]\d\d)\b/g,
    ))
      if (status !== undefined) refused.add(Number(status))
  }
  expect([...refused]).toEqual(expect.arrayContaining([400, 401, 403, 404, 409, 413, 422, 429, 500, 503]))
  const titled = new Set(Object.keys(problemTitles).map(Number))
  expect([...refused].filter((status) => !titled.has(status))).toEqual([])
  for (const title of [...Object.values(problemTitles), otherTitle])
    for (const language of languages) expect(title[language].length).toBeGreaterThan(3)
})

test('no two statuses have one title, in any language', () => {
  for (const language of languages) {
    const said = Object.values(problemTitles).map((title) => title[language])
    expect(new Set(said).size).toBe(said.length)
  }
})

test('a translation keeps every value that stands in the sentence', () => {
  const count = (text: string): number => text.split('{}').length
  for (const [english, { fr, 'pt-BR': portuguese }] of Object.entries(problemSentences))
    expect([english, count(portuguese), count(fr)]).toEqual([english, count(english), count(english)])
})

test('title and detail are in the reader’s language, type and status as they are', () => {
  const found = problem(404, 'no such device')
  expect(problemIn('en-US', found)).toBe(found)
  expect(problemIn('fr', found)).toEqual({
    type: 'about:blank',
    title: 'Introuvable',
    status: 404,
    detail: 'Cet appareil n’existe pas',
  })
  expect(problemIn('pt-BR', problem(403, 'the permission modules:iot:devices:read is needed'))).toMatchObject(
    {
      title: 'Não permitido',
      detail: 'É necessária a permissão modules:iot:devices:read',
    },
  )
})

test('of fields the names stay, and the detail is made of them anew', () => {
  expect(problemIn('fr', invalid('body.role', 'there is no such role'))).toMatchObject({
    detail: 'body.role: ce rôle n’existe pas',
    errors: [{ path: 'body.role', message: 'ce rôle n’existe pas' }],
  })
  const two = problemOfIssues('query', [
    { code: 'custom', path: ['from'], message: 'is needed', input: undefined },
    { code: 'custom', path: ['to'], message: 'is of nobody’s making', input: undefined },
  ])
  expect(problemIn('pt-BR', two).detail).toBe('query.from: é necessário; query.to: is of nobody’s making')
})

test.each([
  'constructor',
  '__proto__',
  'toString',
  'what nobody has translated',
  `no such ${'x'.repeat(5000)}`,
])('what is no sentence of ours stays as it is: %j', (detail) => {
  expect(problemIn('fr', problem(409, detail)).detail).toBe(detail)
})

test('a status without a title of its own is an error in every language', () => {
  expect(languages.map((language) => problemIn(language, problem(418)).title)).toEqual([
    'Error',
    'Erro',
    'Erreur',
  ])
})
