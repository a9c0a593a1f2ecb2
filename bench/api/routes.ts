/** Two endpoints that differ by the guard alone. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'

export const unguardedPath = '/api/v1/bench/open'
export const guardedPath = '/api/v1/bench/guarded'

export function addRoutes(flowsDir: string): void {
  const tab = { id: 'bench-tab', type: 'tab', label: 'bench', disabled: false }
  const at = { z: tab.id, name: '', x: 0, y: 0 }
  const httpIn = (id: string, url: string, next: string): object => ({
    ...at,
    id,
    type: 'http in',
    url,
    method: 'get',
    upload: false,
    wires: [[next]],
  })
  const nodes = [
    tab,
    httpIn('bench-open', unguardedPath, 'bench-answer'),
    httpIn('bench-guarded', guardedPath, 'bench-guard'),
    {
      ...at,
      id: 'bench-guard',
      type: 'guard',
      configVersion: 1,
      operation: '',
      permission: 'modules:iot:devices:read',
      bodySchema: '',
      wires: [['bench-answer'], ['bench-reply']],
    },
    {
      ...at,
      id: 'bench-answer',
      type: 'change',
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"isWell":true}', tot: 'json' }],
      wires: [['bench-reply']],
    },
    { ...at, id: 'bench-reply', type: 'reply', configVersion: 1, wires: [] },
  ]
  writeFileSync(path.join(flowsDir, 'bench.json'), JSON.stringify(nodes))
}
