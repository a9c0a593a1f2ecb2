import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { anyMessage, defineMessage, oneOf } from '../../nodes/platform/kit/message-type.ts'
import { defineConfig } from '../../nodes/platform/kit/node-config.ts'
import { fieldsOf } from './fields.ts'
import type { NodeSource } from './node-source.ts'
import { registrationScript } from './registration.ts'

const schema = z.object({
  mesh: z.coerce.number().max(9).default(3),
  key: z.string().regex(/^a/).default('a'),
  tags: z.array(z.string()).default(['</script>']),
})
const grain = defineMessage('grain', z.string())
const flour = defineMessage('flour', z.string())
const source: NodeSource = {
  path: 'kitchen/sieve',
  directory: '',
  definition: {
    type: 'sieve',
    category: 'telemetry',
    icon: 'font-awesome/fa-filter',
    config: defineConfig(schema, { version: 4, migrations: {} }),
    input: oneOf(grain, flour),
    outputs: [{ label: 'fine', message: anyMessage }],
  },
}

type Call = (this: unknown, ...values: unknown[]) => unknown
interface Registered {
  readonly category: string
  readonly inputs: number
  readonly outputs: number
  readonly defaults: Readonly<Record<string, { readonly value: unknown; readonly validate?: Call }>>
  readonly inputLabels: Call
  readonly outputLabels: Call
  readonly label: Call
  readonly oneditprepare: Call
  readonly oneditsave: Call
}

/** Runs the script as the editor does; translations are shown as key and values, the form as one text field. */
function register(editorCode?: string, form = { text: '' }): Registered {
  const property = { label: 'x', invalid: 'y' }
  const script = registrationScript({
    source,
    fields: fieldsOf(schema).fields,
    locale: {
      label: 'sieve',
      paletteLabel: 'sieve',
      properties: { mesh: { label: 'x' }, key: property, tags: { label: 'x' } },
      outputs: {},
      form: {},
      help: '',
    },
    editorCode,
    packageName: 'some-nodes',
    colour: '#A9CCE3',
  })
  expect(script).not.toContain('</script>')
  const field = {
    val: (text: string) => {
      form.text = text
      return field
    },
    typedInput: () => form.text,
  }
  const registered: Registered[] = []
  runInNewContext(script, {
    RED: {
      _: (key: string, values?: object) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`),
      nodes: { registerType: (_: string, definition: Registered) => registered.push(definition) },
    },
    $: () => field,
  })
  const [definition] = registered
  if (definition === undefined) throw new Error('nothing was registered')
  return definition
}

test('the type is registered with its ports, its defaults and the version of its properties', () => {
  const { category, inputs, outputs, defaults, inputLabels, outputLabels } = register()

  expect({ category, inputs, outputs }).toEqual({ category: 'fleetloom_telemetry', inputs: 1, outputs: 1 })
  expect(Object.entries(defaults).map(([name, { value }]) => [name, JSON.stringify(value)])).toEqual([
    ['name', '""'],
    ['configVersion', '4'],
    ['mesh', '3'],
    ['key', '"a"'],
    ['tags', '["</script>"]'],
  ])
  expect(inputLabels(0)).toBe('grain | flour')
  expect(outputLabels(0)).toBe('some-nodes/sieve:sieve.outputs.0 (any)')
})

test('a node is called by its name, or by what it is', () => {
  const { label } = register()

  expect(label.call({ name: 'flour' })).toBe('flour')
  expect(label.call({ name: '' })).toBe('some-nodes/sieve:sieve.label')
})

test('a validator takes two parameters, as Node-RED wants of one that gives reasons, and gives them', () => {
  const { mesh, key } = register().defaults

  expect(mesh?.validate).toHaveLength(2)
  expect(mesh?.validate?.('9', {})).toBe(true)
  expect(mesh?.validate?.('10', {})).toContain('common.validation.max {"max":9')
  expect(key?.validate?.('b', {})).toContain('"invalid":"some-nodes/sieve:sieve.properties.key.invalid"')
})

test("a hand-written validator has its say after the schema's", () => {
  const code = `({ validators: { mesh: (node, value) => value !== node.taken || 'is taken' } })`
  const { mesh } = register(code).defaults

  expect(mesh?.validate?.call({ taken: '5' }, '5', {})).toBe(
    'some-nodes/sieve:sieve.properties.mesh.label: is taken',
  )
  expect(mesh?.validate?.call({ taken: '5' }, '6', {})).toBe(true)
  expect(mesh?.validate?.call({ taken: '10' }, '10', {})).toContain('validation.max')
})

test('a property that is an array is edited as JSON and kept as an array', () => {
  const form = { text: '' }
  const { oneditprepare, oneditsave } = register(undefined, form)
  const node = { tags: ['a'] }

  oneditprepare.call(node)
  expect(form.text).toBe('["a"]')
  form.text = '["a","b"]'
  oneditsave.call(node)
  expect(node.tags).toEqual(['a', 'b'])
  form.text = '["a",'
  oneditsave.call(node)
  expect(node.tags).toEqual(['a', 'b'])
})
