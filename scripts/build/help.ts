import { z } from 'zod'
import type { MessageType } from '../../nodes/platform/kit/message-type.ts'
import type { CommonLocale } from './common-locale.ts'
import { type Field, isCommon } from './fields.ts'
import type { NodeLocale } from './locale.ts'
import { escapeHtml } from './markup.ts'
import type { NodeSource } from './node-source.ts'

/**
 * The help text: what the author wrote, with properties, inputs and outputs put in from the definition, before the
 * first heading of the author's.
 */
export function helpScript(
  { definition }: NodeSource,
  fields: readonly Field[],
  locale: NodeLocale,
  common: CommonLocale,
): string {
  const { type, input, outputs } = definition
  const own = fields.filter((field) => !isCommon(field))
  const [opening, details] = splitAtHeading(locale.help)
  const parts = [
    opening,
    own.length === 0 ? '' : section(common.help.properties, definitionList(own, locale, common)),
    input === undefined ? '' : section(common.help.inputs, payload(input, common)),
    outputs.length === 0
      ? ''
      : section(
          common.help.outputs,
          `<ol class="node-ports">\n${outputs
            .map(
              ({ label, message }) =>
                `<li>${escapeHtml(locale.outputs[label] ?? label)}\n${payload(message, common)}\n</li>`,
            )
            .join('\n')}\n</ol>`,
        ),
    details,
  ]
  const text = parts.filter((part) => part !== '').join('\n')
  return `<script type="text/html" data-help-name="${escapeHtml(type)}">\n${text}\n</script>\n`
}

function splitAtHeading(help: string): readonly [string, string] {
  const at = help.indexOf('<h3')
  return at < 0 ? [help, ''] : [help.slice(0, at).trim(), help.slice(at)]
}

const section = (heading: string, body: string): string => `<h3>${escapeHtml(heading)}</h3>\n${body}`

const definitionList = (
  fields: readonly Field[],
  { properties }: NodeLocale,
  { help }: CommonLocale,
): string =>
  `<dl class="message-properties">\n${fields
    .map(({ name, default: value }) => {
      const { label = name, hint = '' } = properties[name] ?? {}
      const standard =
        value === '' ? '' : ` ${escapeHtml(help.default)}: <code>${escapeHtml(JSON.stringify(value))}</code>.`
      return `<dt>${escapeHtml(label)}</dt>\n<dd>${escapeHtml(hint)}${standard}</dd>`
    })
    .join('\n')}\n</dl>`

function payload(message: MessageType<unknown>, { help }: CommonLocale): string {
  const types = message.accepts ?? [message]
  const names = types.map(({ name }) => name).join(' | ')
  const isAny = types.some(({ name }) => name === 'any')
  const fields = types
    .map((type) =>
      fieldNames(type)
        .map((name) => `<code>${escapeHtml(name)}</code>`)
        .join(', '),
    )
    .filter((list) => list !== '')
    .map((list) => ` ${escapeHtml(help.fields)}: ${list}.`)
  const text = isAny ? escapeHtml(help.anything) : `${escapeHtml(help.oneOrMany)}${fields.join('')}`
  return `<dl class="message-properties">
<dt>payload <span class="property-type">${escapeHtml(names)}</span></dt>
<dd>${text}</dd>
</dl>`
}

function fieldNames({ schema }: MessageType<unknown>): readonly string[] {
  const json = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' })
  return Object.keys(json.properties ?? {})
}
