import { faultOf } from './check-field.ts'
import { categoryColours, paletteCategory } from './category.ts'
import { tidy } from './editor-code.ts'
import type { Field } from './fields.ts'
import { inputId } from './form.ts'
import { inlineJson } from './markup.ts'
import type { NodeLocale } from './locale.ts'
import type { NodeSource } from './node-source.ts'
import { wireTypesOf } from './node-types.ts'

/** The script that makes the type known to the editor. */
export function registrationScript(
  source: NodeSource,
  fields: readonly Field[],
  locale: NodeLocale,
  editorCode: string | undefined,
  packageName: string,
): string {
  const { definition } = source
  const { type, category, icon, config } = definition
  const wires = wireTypesOf(source)
  const ports = {
    input: wires.input?.join(' | ') ?? null,
    outputs: wires.outputs.map((names) => names.join(' | ')),
  }
  const values = fields.filter(({ control }) => control.kind === 'value').map(inputId)
  return `(() => {
const type = ${inlineJson(type)};
const namespace = ${inlineJson(`${packageName}/${type}:`)};
const ports = ${inlineJson(ports)};
${fields.length === 0 ? '' : checkCode(fields, locale)}const written = ${editorCode ?? '{}'};
RED.nodes.registerType(type, {
  category: ${inlineJson(paletteCategory(category))},
  color: ${inlineJson(categoryColours[category])},
  icon: ${inlineJson(icon)},
  defaults: {
    name: { value: '' },
    configVersion: { value: ${config.version} },
${fields.map(defaultCode).join('')}  },
  inputs: ${ports.input === null ? 0 : 1},
  outputs: ${ports.outputs.length},
${definition.outputs.length === 0 ? "  align: 'right',\n" : ''}  inputLabels: () => ports.input,
  outputLabels: (index) => RED._(\`\${namespace}\${type}.outputs.\${index}\`) + ' (' + ports.outputs[index] + ')',
  paletteLabel: () => RED._(\`\${namespace}\${type}.paletteLabel\`),
  label() { return this.name || RED._(\`\${namespace}\${type}.label\`) },
  labelStyle() { return this.name ? 'node_label_italic' : '' },
${preparing(fields)}${values.length === 0 ? '' : savingValues(fields)}  ...written,
});
})()`
}

const defaultCode = ({ name, default: value }: Field): string =>
  `    ${inlineJson(name)}: { value: ${inlineJson(value)}, validate: check(${inlineJson(name)}) },\n`

/** Node-RED asks a validator for its number of parameters: with two it may answer with a sentence. */
function checkCode(fields: readonly Field[], locale: NodeLocale): string {
  const controls = Object.fromEntries(fields.map(({ name, control }) => [name, control]))
  const explained = fields
    .map(({ name }) => name)
    .filter((name) => locale.properties[name]?.invalid !== undefined)
  return `const controls = ${inlineJson(controls)};
const explained = ${inlineJson(explained)};
const faultOf = ${tidy(faultOf.toString())};
const check = (name) => function (value, _options) {
  const fault = faultOf(value, controls[name]);
  if (fault === undefined) return true;
  const key = \`\${namespace}\${type}.properties.\${name}.\`;
  const invalid = explained.includes(name) ? RED._(key + 'invalid') : '';
  return RED._(\`\${namespace}common.validation.\${fault.key}\`, { ...fault.values, label: RED._(key + 'label'), invalid });
};
`
}

/** Gives JSON fields Node-RED's editor for it. */
function preparing(fields: readonly Field[]): string {
  const isJson = ({ control: { kind } }: Field): boolean => kind === 'json' || kind === 'value'
  if (!fields.some(isJson)) return ''
  const lines = fields.filter(isJson).map((field) => {
    const fill =
      field.control.kind === 'value' ? `.val(JSON.stringify(this[${inlineJson(field.name)}] ?? null))` : ''
    return `    $(${inlineJson(`#${inputId(field)}`)})${fill}.typedInput({ type: 'json', types: ['json'] });\n`
  })
  return `  oneditprepare() {\n${lines.join('')}  },\n`
}

function savingValues(fields: readonly Field[]): string {
  const lines = fields
    .filter(({ control }) => control.kind === 'value')
    .map(
      (field) =>
        `    try { this[${inlineJson(field.name)}] = JSON.parse($(${inlineJson(`#${inputId(field)}`)}).typedInput('value')) } catch { /* keeps what it was */ }\n`,
    )
  return `  oneditsave() {\n${lines.join('')}  },\n`
}
