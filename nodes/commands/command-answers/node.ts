import { z } from 'zod'
import { type DeviceReport, deviceReportMessage } from '../../devices/device-report.ts'
import { topicFor } from '../../devices/topic-template.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { type Reject, rejectMessage } from '../../telemetry/dead-letter.ts'
import { commandResponseMessage, type DeviceEvent } from '../../telemetry/reading.ts'
import { stateIn } from '../answered-state.ts'
import { parseAnswer } from '../command-decider.ts'
import type { SaidBy } from '../command-service.ts'
import { domain } from '../domain.ts'

/** Takes what devices answer, and brings it to the command that it is about. */
export default defineNode({
  type: 'command-answers',
  category: 'commands',
  icon: 'font-awesome/fa-check',
  config: defineConfig(z.object({})),
  needs: { commands: domain, devices: devicesDomain },
  input: commandResponseMessage,
  outputs: [
    { label: 'rejected', message: rejectMessage },
    { label: 'reported', message: deviceReportMessage },
  ],
  start({ needed: { commands, devices } }) {
    const topicOf = (orgId: string, deviceId: string): string => {
      const template = devices.directory.lookup(deviceId)?.deviceClass.topics.cmdres
      return template === undefined ? '' : topicFor(template, orgId, deviceId)
    }
    const reject = ({ body, deviceId, offset, orgId, receivedAt }: DeviceEvent, detail: string): Reject => ({
      orgId,
      deviceId,
      topic: topicOf(orgId, deviceId),
      reason: 'wrong-shape',
      detail,
      payload: Buffer.from(JSON.stringify(body)),
      receivedAt,
      offset,
      index: 0,
    })
    /** Recorded, or why not. */
    const judge = async (answer: DeviceEvent): Promise<Reject | undefined> => {
      const { body, deviceId, orgId } = answer
      const parsed = parseAnswer(body)
      if (parsed === undefined)
        return reject(answer, 'an acknowledgment has a commandId, and a status that is ok or error')
      const recorded = await commands.answer(orgId, deviceId, parsed)
      return recorded === 'recorded'
        ? undefined
        : reject(answer, `no command ${parsed.commandId} was sent to this device`)
    }
    return {
      async process(answers) {
        const judged: Promise<Reject | undefined>[] = []
        const reports: DeviceReport[] = []
        const inTheirWords = new Map<string, SaidBy[]>()
        for (const answer of answers) {
          const { body, deviceId, orgId, receivedAt, topic } = answer
          if (topic !== undefined) {
            const said = inTheirWords.get(orgId) ?? []
            inTheirWords.set(orgId, said)
            said.push({ deviceId, topic, body, receivedAtMs: receivedAt })
            continue
          }
          const reported = stateIn(body, devices.directory.lookup(deviceId)?.deviceClass.reported)
          if (reported !== undefined) reports.push({ orgId, deviceId, receivedAt, reported })
          judged.push(judge(answer))
        }
        // Together, so that they share a write; of two to one command the compare-and-set lets one be first.
        const rejects =
          judged.length === 0 ? [] : (await Promise.all(judged)).filter((each) => each !== undefined)
        for (const [orgId, said] of inTheirWords) await commands.hear(orgId, said)
        return [rejects, reports]
      },
    }
  },
})
