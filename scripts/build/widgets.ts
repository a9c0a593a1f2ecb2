import { join } from 'node:path'
import { filesOf } from './discover.ts'

/** Below the package's `resources`, from where Node-RED serves it. */
export const widgetsFile = 'widgets.umd.js'

export interface WidgetSource {
  /** Of the node, and of its folder. */
  readonly type: string
  /** What the Dashboard asks the library for. */
  readonly component: string
  readonly file: string
}

/** The halves of widgets that run in the browser: `widget.vue` in the node's folder. */
export async function findWidgets(nodesDir: string): Promise<readonly WidgetSource[]> {
  const files = await filesOf(nodesDir, '*/*/widget.vue')
  return files.map((file) => {
    const type = file.split('/')[1] ?? ''
    return { type, component: componentOf(type), file: join(nodesDir, file) }
  })
}

/** `ui-port-chart` is `UiPortChart`. */
const componentOf = (type: string): string =>
  type.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
