import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowFiles } from './canonical.ts'
import { TAB_ORDER } from './file-names.ts'
import { FlowFileError } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'
import { finishDeploy } from './deploy-journal.ts'
import { formatNodes, formatTabOrder } from './format.ts'
import { parseNodes, parseTabOrder } from './parse.ts'

export interface FlowDirectory {
  /** As the files say; may be laid out by hand, so not necessarily canonical. */
  readonly content: FlowFiles
  /** File name (with `.json`) to text, to see what a deploy changes and whether somebody else changed it meanwhile. */
  readonly texts: ReadonlyMap<string, string>
}

/** Leaves out what is hidden and what has a second dot (`alerts.test.json`), which belong to others. */
const FLOW_FILE = /^[^.]+\.json$/

async function namesIn(flowsDir: string): Promise<string[]> {
  try {
    const names = await readdir(flowsDir)
    return names.filter((name) => FLOW_FILE.test(name)).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function refuseDuplicates(flowsDir: string, files: ReadonlyMap<string, readonly FlowNode[]>): void {
  const seen = new Map<string, string>()
  for (const [file, nodes] of files) {
    for (const { id } of nodes) {
      const other = seen.get(id)
      if (other !== undefined) {
        const path = join(flowsDir, `${file}.json`)
        throw new FlowFileError(path, `: node ${id} is also in ${other}.json. Take it out of one of them.`)
      }
      seen.set(id, file)
    }
  }
}

/**
 * Reads a directory of flow files; a missing directory is an empty one. A deploy that a crash interrupted is finished first.
 * Throws a {@link FlowFileError} for a file that can't be used.
 */
export async function readFlowDirectory(flowsDir: string): Promise<FlowDirectory> {
  await finishDeploy(flowsDir)
  const texts = new Map<string, string>()
  const files = new Map<string, readonly FlowNode[]>()
  let tabOrder: string[] = []
  for (const name of await namesIn(flowsDir)) {
    const path = join(flowsDir, name)
    const text = await readFile(path, 'utf8')
    texts.set(name, text)
    const base = name.slice(0, -'.json'.length)
    if (base === TAB_ORDER) tabOrder = parseTabOrder(path, text)
    else files.set(base, parseNodes(path, text))
  }
  refuseDuplicates(flowsDir, files)
  return { content: { files, tabOrder }, texts }
}

/** File name (with `.json`) to text. */
export function textsOf({ files, tabOrder }: FlowFiles): Map<string, string> {
  const texts = new Map([...files].map(([base, nodes]) => [`${base}.json`, formatNodes(nodes)]))
  if (tabOrder.length > 0) texts.set(`${TAB_ORDER}.json`, formatTabOrder(tabOrder))
  return texts
}
