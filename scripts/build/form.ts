import { type Field, isCommon } from './fields.ts'
import type { NodeLocale } from './locale.ts'
import { escapeHtml } from './markup.ts'

/** The row that every form begins with. */
export const nameRow = `<div class="form-row fleetloom-row">
  <label for="node-input-name" data-i18n="common.form.name"></label>
  <input type="text" id="node-input-name">
</div>`

export const formStyle = `<style>
.fleetloom-row > label { width: 140px !important; }
.fleetloom-row > input[type=text], .fleetloom-row > select, .fleetloom-row > textarea { width: calc(100% - 150px) !important; }
.fleetloom-row > .red-ui-typedInput-container { width: calc(100% - 150px) !important; }
.fleetloom-row > input[type=checkbox] { width: auto !important; margin: 0 !important; }
.fleetloom-hint { margin: 2px 0 0 144px; color: var(--red-ui-secondary-text-color); font-size: 0.9em; }
</style>`

/** The form's body made from the properties. */
export function formBody(type: string, fields: readonly Field[], locale: NodeLocale): string {
  if (fields.length === 0) return '<div class="form-tips" data-i18n="common.form.nothingToSet"></div>'
  return fields.map((field) => row(type, field, locale.properties[field.name]?.hint !== undefined)).join('\n')
}

function row(type: string, field: Field, hasHint: boolean): string {
  if (field.control.kind === 'hidden') return `<input type="hidden" id="${inputId(field)}">`
  const key = `${type}.properties.${field.name}`
  const id = inputId(field)
  const hint = hasHint ? `\n  <div class="fleetloom-hint" id="${id}-hint" data-i18n="${key}.hint"></div>` : ''
  const attributes = `id="${id}"${hasHint ? ` aria-describedby="${id}-hint"` : ''}`
  const label = isCommon(field) ? `common.form.${field.control.kind}` : `${key}.label`
  return `<div class="form-row fleetloom-row">
  <label for="${id}" data-i18n="${label}"></label>
  ${inputOf(key, field, attributes)}${hint}
</div>`
}

/** Values that are no text get an id that Node-RED does not know: it would store the text. */
export const inputId = ({ name, control: { kind } }: Field): string =>
  `${kind === 'value' ? 'fleetloom-value' : 'node-input'}-${name}`

function inputOf(key: string, { control, default: value }: Field, attributes: string): string {
  if (control.kind === 'choice')
    return `<select ${attributes}>${control.choices.map((choice) => option(key, choice)).join('')}</select>`
  if (control.kind === 'long-text') return `<textarea rows="6" ${attributes}></textarea>`
  if (control.kind === 'widget-size')
    return `<button type="button" class="editor-button" id="node-input-size"></button><input type="hidden" ${attributes}>`
  if (control.kind === 'flag') return `<input type="checkbox" ${attributes}>`
  const placeholder = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  // Numbers too are edited as text: a number field would not take ${VARIABLE}.
  const mode = control.kind === 'number' ? ` inputmode="${control.integer ? 'numeric' : 'decimal'}"` : ''
  return `<input type="text"${mode} ${attributes} placeholder="${escapeHtml(placeholder)}">`
}

const option = (key: string, choice: string): string =>
  `<option value="${escapeHtml(choice)}" data-i18n="${escapeHtml(`${key}.choices.${choice}`)}"></option>`
