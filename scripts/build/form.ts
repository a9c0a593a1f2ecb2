import type { Field } from './fields.ts'
import { escapeHtml } from './markup.ts'
import type { NodeLocale } from './locale.ts'

/** The row that every form begins with. */
export const nameRow = `<div class="form-row">
  <label for="node-input-name"><i class="fa fa-tag"></i> <span data-i18n="common.form.name"></span></label>
  <input type="text" id="node-input-name" data-i18n="[placeholder]common.form.name">
</div>`

/** The form's body made from the properties. */
export function formBody(type: string, fields: readonly Field[], locale: NodeLocale): string {
  if (fields.length === 0) return '<div class="form-tips" data-i18n="common.form.nothingToSet"></div>'
  return fields.map((field) => row(type, field, locale.properties[field.name]?.hint !== undefined)).join('\n')
}

function row(type: string, field: Field, hasHint: boolean): string {
  const key = `${type}.properties.${field.name}`
  const id = inputId(field)
  const hintId = `${id}-hint`
  const hint = hasHint ? `\n  <div class="fleetloom-hint" id="${hintId}" data-i18n="${key}.hint"></div>` : ''
  const label = `<label for="${id}" data-i18n="${key}.label"></label>`
  const attributes = `id="${id}"${hasHint ? ` aria-describedby="${hintId}"` : ''}`
  return `<div class="form-row">\n  ${label}\n  ${control(key, field, attributes)}${hint}\n</div>`
}

/** Values that are no text get an id that Node-RED does not know: it would store the text. */
export const inputId = ({ name, control: { kind } }: Field): string =>
  `${kind === 'value' ? 'fleetloom-value' : 'node-input'}-${name}`

function control(key: string, field: Field, attributes: string): string {
  const { control: shape } = field
  const placeholder = `placeholder="${escapeHtml(typeof field.default === 'object' ? '' : String(field.default))}"`
  switch (shape.kind) {
    case 'number':
      // No number field: it would not take ${VARIABLE}.
      return `<input type="text" inputmode="${shape.integer ? 'numeric' : 'decimal'}" ${attributes} ${placeholder}>`
    case 'text':
      return `<input type="text" ${attributes} ${placeholder}>`
    case 'json':
    case 'value':
      return `<input type="text" class="fleetloom-json" ${attributes}>`
    case 'long-text':
      return `<textarea rows="6" ${attributes}></textarea>`
    case 'flag':
      return `<input type="checkbox" class="fleetloom-flag" ${attributes}>`
    case 'choice':
      return `<select ${attributes}>${shape.choices.map((choice) => option(key, choice)).join('')}</select>`
  }
}

const option = (key: string, choice: string): string =>
  `<option value="${escapeHtml(choice)}" data-i18n="${escapeHtml(`${key}.choices.${choice}`)}"></option>`
