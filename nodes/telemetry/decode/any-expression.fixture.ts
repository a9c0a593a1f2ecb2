import * as fc from 'fast-check'
import type { DeviceClassInput } from '../../devices/device-class.ts'

const leaf = fc.constantFrom(
  'v',
  'value',
  'a.v',
  'list',
  'list.v',
  'list[0]',
  'list[v > 1]',
  '`air temp`',
  'payload.v',
  'levels.sensor',
  '$',
  '$$',
  '1',
  '0',
  '-1e308',
  '"23,5 °C"',
  'null',
  '[]',
  '{}',
  '[1..50]',
  '[1..10000000]',
  '$millis()',
  '__proto__',
  'constructor',
)
const { term } = fc.letrec<{ term: string }>((tie) => {
  const part = tie('term')
  const call = (names: readonly string[], ...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(fc.constantFrom(...names), ...parts).map(([name, ...of]) => `${name}(${of.join(', ')})`)
  return {
    term: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(part, fc.constantFrom('+', '-', '*', '/', '%', '&', '=', '>', 'and', 'in', '~>'), part)
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc.tuple(part, part, part).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
      call(
        ['$number', '$string', '$sum', '$max', '$average', '$count', '$keys', '$length', '$toMillis'],
        part,
      ),
      call(['$append', '$merge', '$lookup', '$split', '$power', '$round', '$formatBase'], part, part),
      part.map((of) => `$map(${of}, function($x) { $x })`),
      part.map((of) => `$contains($string(${of}), /^(a+)+$/)`),
      // For ever, or as deep as it goes.
      part.map((of) => `($f := function($x) { 1 + $f($x) }; $f(${of}))`),
      part.map((of) => `($f := function($x) { $x < 0 ? 0 : $f($x - 1) }; $f(${of}))`),
    ),
  }
})

const reading = fc
  .tuple(fc.constantFrom('0', '1', '2', '7', 'v', 'levels.sensor'), term, fc.option(term, { freq: 3 }))
  .map(([port, value, ts]) => `{"port": ${port}, "value": ${value}${ts === null ? '' : `, "ts": ${ts}`}}`)

/** A class whose telemetry is an expression: one that gives readings, nearly, or anything. */
export const anyExpressionClass: fc.Arbitrary<Pick<DeviceClassInput, 'telemetry'>> = fc
  .record({
    input: fc.constantFrom('payload', 'message'),
    expression: fc.oneof(
      {
        weight: 3,
        arbitrary: fc
          .array(reading, { minLength: 1, maxLength: 3 })
          .map((of) => `{"readings": [${of.join(', ')}]}`),
      },
      reading.map((of) => `{"readings": list.(${of})}`),
      term,
    ),
  })
  .map(({ expression, input }) => ({
    telemetry: [{ topic: 'x/{device}/{sensor}', decode: { shape: 'jsonata', input, expression } }],
  }))
