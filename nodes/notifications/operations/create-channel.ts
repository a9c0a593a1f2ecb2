import { z } from 'zod'
import { isGranted } from '../../platform/kit/endpoints/permission.ts'
import { channelBody, channelView, viewChannel } from '../channel.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, problem } from '../../platform/kit/endpoints/problem.ts'

/** Held by no role of an organization: what is inside is the platform's. */
const reachInside = 'modules:platform:private-addresses:reach'

export const operation = defineOperation({
  id: 'createChannel',
  method: 'post',
  path: '/api/v1/channels',
  tag: 'channels',
  summary: 'Add a channel on which alerts are told; its secrets are shown to nobody afterwards',
  access: 'modules:alerts:channels:create',
  needs: { notifications: domain },
  body: channelBody,
  responses: { 201: { description: 'The channel', schema: z.object({ channel: channelView }) } },
  async handle({ body, orgId, principal }, { notifications: { channels } }) {
    const reachesInside =
      (body.kind === 'webhook' || body.kind === 'web-push') && body.config.allowPrivateAddress === true
    if (reachesInside && !isGranted(principal?.permissions ?? [], reachInside))
      return refuse(
        problem(403, 'body.config.allowPrivateAddress: is for platform administrators', [
          { path: 'body.config.allowPrivateAddress', message: 'is for platform administrators' },
        ]),
      )
    const channel = await channels.create(orgId, body)
    if (channel === undefined) return refuse(conflict('body.key', `there is a channel ${body.key} already`))
    return reply(201, { channel: viewChannel(channel) }, { location: `/api/v1/channels/${channel.key}` })
  },
})
