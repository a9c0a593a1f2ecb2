import { cp } from 'node:fs/promises'
import path from 'node:path'

const flowsDir = path.join(import.meta.dirname, '../flows')

/** Puts flows into the folder; resolves with the environment of a start that has its files there, ports of its own, and no demo. */
export async function placeApart(folder: string): Promise<Readonly<Record<string, string>>> {
  const env = {
    PORT: '0',
    MQTT_PORT: '0',
    DATA_DIR: path.join(folder, 'data'),
    FLOWS_DIR: path.join(folder, 'flows'),
    DEMO: 'off',
    LOG_LEVEL: 'warn',
  }
  await cp(flowsDir, env.FLOWS_DIR, { recursive: true })
  return env
}
