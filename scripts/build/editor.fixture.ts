import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { buildNodes } from './build-nodes.ts'

const addressMessage = z.object({ port: z.number() })

/** The nodes of this repository. */
export const nodesDir = fileURLToPath(new URL('../../nodes', import.meta.url))

export interface RunningEditor extends AsyncDisposable {
  readonly url: string
}

/** Builds the nodes and starts a Node-RED that has them, on a free port of this machine. */
export async function startEditor(): Promise<RunningEditor> {
  const { problems } = await buildNodes(nodesDir)
  if (problems.length > 0) throw new Error(`the nodes were not built: ${JSON.stringify(problems)}`)
  const userDir = await mkdtemp(join(tmpdir(), 'fleetloom-editor-'))
  await writeFile(join(userDir, 'package.json'), '{"private":true}')
  return startNodeRed(userDir)
}

/** Over a user directory that is removed in the end. */
export async function startNodeRed(userDir: string): Promise<RunningEditor> {
  const child = fork(join(import.meta.dirname, 'editor.child.fixture.ts'), [userDir], { execArgv: [] })
  const exited = once(child, 'exit')
  const endedEarly = exited.then(([code]) => {
    throw new Error(`Node-RED ended with ${code} before it listened`)
  })
  endedEarly.catch(() => undefined)
  const message: unknown = await Promise.race([once(child, 'message').then(([first]) => first), endedEarly])
  return {
    url: `http://127.0.0.1:${addressMessage.parse(message).port}`,
    async [Symbol.asyncDispose]() {
      child.send('stop')
      await exited
      await rm(userDir, { recursive: true, force: true })
    },
  }
}
