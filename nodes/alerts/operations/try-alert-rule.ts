import { z } from 'zod'
import { type Firing, isFlapping } from '../back-test.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime, toIsoTime, toIsoTimeOrNull } from '../../platform/kit/iso-time.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { ruleBody } from '../rule.ts'
import { refusalOf } from './parts.ts'

const time = z.iso.datetime({ offset: true })
const longestMs = 400 * 24 * 3_600_000
const maxFirings = 10_000

const firingView = z.object({
  deviceId: z.string(),
  port: z.int().nullable(),
  firedAt: z.iso.datetime(),
  /** Null when it would be open at the end. */
  resolvedAt: z.iso.datetime().nullable(),
  value: z.number().nullable(),
})

const viewFiring = ({
  deviceId,
  firedAtMs,
  port,
  resolvedAtMs,
  value,
}: Firing): z.output<typeof firingView> => ({
  deviceId,
  port,
  firedAt: toIsoTime(firedAtMs),
  resolvedAt: toIsoTimeOrNull(resolvedAtMs),
  value,
})

export const operation = defineOperation({
  id: 'tryAlertRule',
  method: 'post',
  path: '/api/v1/alert-rules/try',
  tag: 'alert-rules',
  summary: 'What a rule would have fired between two times, from stored history; nobody is told',
  access: 'modules:alerts:rules:read',
  needs: { ...kit('clock'), alerts: domain },
  body: z.strictObject({ rule: ruleBody, from: time, to: time }),
  responses: {
    200: {
      description: 'What would have fired, in order',
      schema: z.object({
        fired: z.int(),
        /** The first 10,000. */
        firings: z.array(firingView),
        /** A device fires four times within an hour: a clearAt or sustainedForMs would help. */
        flapping: z.boolean(),
      }),
    },
  },
  async handle({ body: { from, rule, to }, orgId }, { alerts, clock }) {
    const fault = alerts.rules.faultOf(orgId, rule)
    if (fault !== undefined) return refusalOf({ ...fault, path: `rule.${fault.path}` })
    const [fromMs, toMs] = [parseIsoTime(from), Math.min(parseIsoTime(to), clock.nowMs())]
    if (parseIsoTime(to) <= fromMs) return refuse(invalid('body.to', 'must be after from'))
    if (toMs - fromMs > longestMs) return refuse(invalid('body.from', 'must be within 400 days of to'))
    const tried = await alerts.tryRule(orgId, rule, { fromMs, toMs })
    if (tried.kind === 'too-much')
      return refuse(invalid('body.from', 'there are too many readings: take less time, or fewer devices'))
    const firings = tried.firings.slice(0, maxFirings).map(viewFiring)
    return reply(200, { fired: tried.firings.length, firings, flapping: isFlapping(tried.firings) })
  },
})
