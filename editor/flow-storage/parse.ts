import { z } from 'zod'
import { FlowFileError, flowNodesSchema } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'
import { jsonErrorPosition } from './json-position.ts'

const CONFLICT_MARKER = /^(?:<{7}|={7}|>{7})(?: |$)/

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const conflict = text.split('\n').findIndex((line) => CONFLICT_MARKER.test(line))
    if (conflict !== -1) {
      throw new FlowFileError(
        file,
        `, line ${conflict + 1}: an unresolved merge conflict. Resolve it and load again.`,
      )
    }
    const { line, column } = jsonErrorPosition(text) ?? { line: 1, column: 1 }
    throw new FlowFileError(file, `, line ${line}, column ${column}: not valid JSON. Mend it and load again.`)
  }
}

function parseAs<T>(schema: z.ZodType<T>, file: string, text: string, what: string): T {
  const parsed = schema.safeParse(parseJson(file, text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue?.path.length ? ` at ${issue.path.join('.')}` : ''
  throw new FlowFileError(file, `: not ${what}${at}: ${issue?.message ?? 'unreadable'}.`)
}

/** The nodes in the text of a flow file. Throws a {@link FlowFileError} that names `file` and the place in it. */
export function parseNodes(file: string, text: string): FlowNode[] {
  return parseAs(flowNodesSchema, file, text, 'a list of nodes with id and type')
}

export function parseTabOrder(file: string, text: string): string[] {
  return parseAs(z.array(z.string()), file, text, 'a list of file names')
}

const credentialsSchema = z.record(z.string(), z.unknown())

/** Node-RED's credentials: `{"$": encrypted}`, or by node id when encryption is off. */
export function parseCredentials(file: string, text: string): Record<string, unknown> {
  return parseAs(credentialsSchema, file, text, 'an object of credentials')
}
