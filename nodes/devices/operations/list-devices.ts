import { z } from 'zod'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import type { Filter } from '../../platform/store/port.ts'
import { deviceCollection } from '../collections.ts'
import { unseenDevice } from '../state.ts'
import { deviceView, viewDevice } from '../views.ts'
import { ownDevice } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'listDevices',
  method: 'get',
  path: '/api/v1/devices',
  tag: 'devices',
  summary: 'List devices, by id',
  access: 'modules:iot:devices:read',
  query: listQuery.extend({ classKey: z.string().optional(), tag: z.string().optional() }),
  responses: { 200: { description: 'A page of devices', schema: listOf(deviceView) } },
  needs: { ...kit('store'), devices: devicesDomain },
  async handle({ query: { classKey, cursor, limit, tag }, orgId }, { devices, store }) {
    const filter: Filter = {
      removedAt: null,
      ...(classKey === undefined ? {} : { classKey }),
      ...(tag === undefined ? {} : { tags: tag }),
    }
    const page = await store
      .organization(orgId)
      .collection(deviceCollection)
      .find(filter, { limit, ...(cursor === undefined ? {} : { cursor }) })
    const records = page.items
      .map(({ document }) => ownDevice(devices, orgId, document.id))
      .filter((record) => record !== undefined)
    const states = await devices.states.of(
      orgId,
      records.map(({ device }) => device.id),
    )
    return replyPage(
      page,
      records.map((record, index) =>
        viewDevice(record, states[index] ?? unseenDevice(orgId, record.device.id)),
      ),
    )
  },
})
