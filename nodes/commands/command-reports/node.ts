import { z } from 'zod'
import { deviceReportMessage } from '../../devices/device-report.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import type { SaidBy } from '../command-service.ts'
import { domain } from '../domain.ts'

/** Takes what devices report, and finds the commands that it shows to be carried out. */
export default defineNode({
  type: 'command-reports',
  category: 'commands',
  icon: 'font-awesome/fa-check-circle-o',
  config: defineConfig(z.object({})),
  needs: { commands: domain },
  input: deviceReportMessage,
  outputs: [],
  start({ needed: { commands } }) {
    return {
      async process(reports) {
        const said = new Map<string, SaidBy[]>()
        for (const { deviceId, orgId, receivedAt, reported } of reports) {
          if (reported === undefined) continue
          const ofOrg = said.get(orgId) ?? []
          said.set(orgId, ofOrg)
          ofOrg.push({ deviceId, topic: undefined, body: reported, receivedAtMs: receivedAt })
        }
        for (const [orgId, each] of said) await commands.hear(orgId, each)
        return []
      },
    }
  },
})
