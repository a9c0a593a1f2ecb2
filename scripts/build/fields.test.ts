import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Fault, faultOf } from './check-field.ts'
import { fieldsOf } from './fields.ts'
import { formBody } from './form.ts'

const schema = z.object({
  limit: z.coerce.number().int().min(1).max(10).default(5),
  ratio: z.coerce.number().default(0.5),
  key: z
    .string()
    .regex(/^[a-z]+$/)
    .default('a'),
  mode: z.enum(['fast', 'slow']).default('fast'),
  isOn: z.boolean().default(true),
  rule: z.string().default('{}').meta({ editor: 'json' }),
  text: z.string().default('two\nlines'),
  tags: z.array(z.string()).default([]),
})

const faultIn = (name: string, value: unknown): Fault | undefined => {
  const field = fieldsOf(schema).fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`no field ${name}`)
  return faultOf(value, field.control)
}

const controlOf = (name: string): object | undefined =>
  fieldsOf(schema).fields.find((field) => field.name === name)?.control

test('every property becomes the field that fits its schema, in order', () => {
  const { fields, problems } = fieldsOf(schema)

  expect(problems).toEqual([])
  expect(fields.map(({ name, control }) => [name, control.kind])).toEqual([
    ['limit', 'number'],
    ['ratio', 'number'],
    ['key', 'text'],
    ['mode', 'choice'],
    ['isOn', 'flag'],
    ['rule', 'json'],
    ['text', 'long-text'],
    ['tags', 'value'],
  ])
  expect(controlOf('limit')).toEqual({ kind: 'number', min: 1, max: 10, integer: true })
  expect(controlOf('ratio')).toEqual({ kind: 'number', min: null, max: null, integer: false })
  expect(controlOf('key')).toEqual({ kind: 'text', pattern: '^[a-z]+$' })
  expect(controlOf('mode')).toEqual({ kind: 'choice', choices: ['fast', 'slow'] })
})

test.each([
  ['a property without a default', z.object({ depth: z.string() }), 'depth: needs a default'],
  [
    'a number that takes no text',
    z.object({ depth: z.number().default(1) }),
    'depth: a form gives text; say z.coerce.number()',
  ],
  [
    'a schema that no field fits',
    z.object({ depth: z.union([z.number(), z.string()]).default(1) }),
    'depth: no form field fits its schema',
  ],
  [
    'a name that Node-RED keeps',
    z.object({ wires: z.string().default('') }),
    'wires: Node-RED uses this name itself',
  ],
  ['a name of one letter', z.object({ x: z.string().default('') }), 'x: Node-RED uses this name itself'],
])('%s is refused', (_, refused, sentence) => {
  expect(fieldsOf(refused).problems).toEqual([sentence])
})

test.each([
  ['limit', '11', { key: 'max', values: { max: 10 } }],
  ['limit', '0', { key: 'min', values: { min: 1 } }],
  ['limit', '1.5', { key: 'integer', values: {} }],
  ['limit', 'many', { key: 'number', values: {} }],
  ['limit', '10', undefined],
  ['limit', '', undefined],
  ['key', 'A', { key: 'pattern', values: {} }],
  ['key', 'abc', undefined],
  ['mode', 'other', { key: 'choice', values: {} }],
  ['mode', 'slow', undefined],
  ['isOn', false, undefined],
])('%s = %j is judged in the form as in the node', (name, value, fault) => {
  expect(faultIn(name, value)).toEqual(fault)
  // Empty text never reaches the schema: it stands for the default.
  expect(schema.safeParse(value === '' ? {} : { [name]: value }).success).toBe(fault === undefined)
})

test('text that has to be JSON is parsed', () => {
  expect(faultIn('rule', '{')).toEqual({ key: 'json', values: {} })
  expect(faultIn('rule', '{"a":1}')).toBeUndefined()
})

test('the form names every field by its label and its hint, and escapes what comes from the schema', () => {
  const { fields } = fieldsOf(z.object({ key: z.string().default('"><b>'), isOn: z.boolean().default(true) }))
  const html = formBody('sieve', fields, {
    label: 'sieve',
    paletteLabel: 'sieve',
    properties: { key: { label: 'Key', hint: 'What it is' }, isOn: { label: 'On' } },
    outputs: {},
    form: {},
    help: '',
  })

  expect(html).toContain('<label for="node-input-key" data-i18n="sieve.properties.key.label">')
  expect(html).toContain('aria-describedby="node-input-key-hint"')
  expect(html).toContain('placeholder="&#34;&#62;&#60;b&#62;"')
  expect(html).toContain('<input type="checkbox" id="node-input-isOn">')
  expect(html).not.toContain('isOn-hint')
})
