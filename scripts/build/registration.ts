import { readFileSync } from 'node:fs'
import { paletteCategory } from './category.ts'
import { strip } from './editor-code.ts'
import type { Field } from './fields.ts'
import { inputId } from './form.ts'
import type { NodeLocale } from './locale.ts'
import { inlineJson } from './markup.ts'
import type { NodeSource } from './node-source.ts'
import { wireTypesOf } from './node-types.ts'

export interface Registration {
  readonly source: NodeSource
  readonly fields: readonly Field[]
  readonly locale: NodeLocale
  /** An expression, see {@link editorExpression}. */
  readonly editorCode: string | undefined
  readonly packageName: string
  readonly colour: string
}

/** The script that makes the type known to the editor. */
export function registrationScript(registration: Registration): string {
  const { source, fields, packageName } = registration
  const { type, category, icon, config, outputs } = source.definition
  const wires = wireTypesOf(source)
  const ports = {
    input: wires.input?.join(' | ') ?? null,
    outputs: wires.outputs.map((names) => names.join(' | ')),
  }
  return `(() => {
const type = ${inlineJson(type)};
const translate = (key, values) => RED._(${inlineJson(`${packageName}/${type}:`)} + key, values);
const ports = ${inlineJson(ports)};
const { validators = {}, ...written } = ${registration.editorCode ?? '{}'};
${fields.length === 0 ? '' : checkCode(registration)}RED.nodes.registerType(type, {
  category: ${inlineJson(paletteCategory(category))},
  color: ${inlineJson(registration.colour)},
  icon: ${inlineJson(icon)},
  defaults: {
    name: { value: '' },
    configVersion: { value: ${config.version} },
${fields.map(defaultCode).join('')}  },
  inputs: ${ports.input === null ? 0 : 1},
  outputs: ${outputs.length},
${outputs.length === 0 ? "  align: 'right',\n" : ''}  inputLabels: () => ports.input,
  outputLabels: (index) => translate(\`\${type}.outputs.\${index}\`) + ' (' + ports.outputs[index] + ')',
  paletteLabel: () => translate(\`\${type}.paletteLabel\`),
  label() { return this.name || translate(\`\${type}.label\`) },
  labelStyle() { return this.name ? 'node_label_italic' : '' },
${jsonCode(fields)}  ...written,
});
})()`
}

/** Taken from the file, not from the function: a test runner changes the function. */
const faultOfSource = strip(readFileSync(new URL('check-field.ts', import.meta.url), 'utf8')).replace(
  /^[^]*?export (?=function faultOf)/,
  '',
)

function defaultCode({ name, control, default: value }: Field): string {
  const more =
    control.kind === 'config-node'
      ? `type: ${inlineJson(control.nodeType)}, required: true`
      : `validate: check(${inlineJson(name)})`
  return `    ${inlineJson(name)}: { value: ${inlineJson(value)}, ${more} },\n`
}

/** Node-RED asks a validator for its number of parameters: with two it may answer with a sentence. */
function checkCode({ fields, locale }: Registration): string {
  const controls = Object.fromEntries(fields.map(({ name, control }) => [name, control]))
  const names = fields.map(({ name }) => name)
  const explained = names.filter((name) => locale.properties[name]?.invalid !== undefined)
  return `const controls = ${inlineJson(controls)};
const explained = ${inlineJson(explained)};
${faultOfSource}
const check = (name) => function (value, _options) {
  const fault = faultOf(value, controls[name]);
  const key = \`\${type}.properties.\${name}.\`;
  const label = translate(key + 'label');
  if (fault !== undefined) {
    const invalid = explained.includes(name) ? translate(key + 'invalid') : '';
    return translate(\`common.validation.\${fault.key}\`, { ...fault.values, label, invalid });
  }
  const more = validators[name]?.(this, value) ?? true;
  return typeof more === 'string' ? label + ': ' + more : more;
};
`
}

/** The Dashboard's own control for width and height. */
const sizeCode = `    $('#node-input-size').elementSizer({ width: '#node-input-width', height: '#node-input-height', group: '#node-input-group' });\n`

/** Gives JSON fields Node-RED's editor for it, and keeps as values those that are no text. */
function jsonCode(fields: readonly Field[]): string {
  const values = fields.filter(({ control: { kind } }) => kind === 'value')
  const all = fields.filter(({ control: { kind } }) => kind === 'json' || kind === 'value')
  const find = (field: Field): string => `$(${inlineJson(`#${inputId(field)}`)})`
  const fill = (field: Field): string =>
    field.control.kind === 'value' ? `.val(JSON.stringify(this[${inlineJson(field.name)}] ?? null))` : ''
  const prepare = all.map(
    (field) => `    ${find(field)}${fill(field)}.typedInput({ type: 'json', types: ['json'] });\n`,
  )
  if (fields.some(({ control: { kind } }) => kind === 'widget-size')) prepare.push(sizeCode)
  const save = values.map(
    (field) =>
      `    try { this[${inlineJson(field.name)}] = JSON.parse(${find(field)}.typedInput('value')) } catch { /* stays as it was */ }\n`,
  )
  return (
    (prepare.length === 0 ? '' : `  oneditprepare() {\n${prepare.join('')}  },\n`) +
    (save.length === 0 ? '' : `  oneditsave() {\n${save.join('')}  },\n`)
  )
}
