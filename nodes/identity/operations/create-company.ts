import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict } from '../../platform/kit/endpoints/problem.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { companyCollection, companySchema } from '../company.ts'

export const operation = defineOperation({
  id: 'createCompany',
  method: 'post',
  path: '/api/v1/companies',
  tag: 'identity',
  summary: 'Add a company, to group organizations: its admins act for each of them',
  access: 'modules:identity:companies:create',
  scope: 'platform',
  body: z.strictObject({ name: companySchema.shape.name }),
  responses: { 201: { description: 'Added', schema: z.object({ company: companySchema }) } },
  needs: kit('clock', 'secrets', 'store'),
  async handle({ body: { name } }, { clock, secrets, store }) {
    const company = { id: secrets.newId(), name, createdAt: toIsoTime(clock.nowMs()) }
    const inserted = await store.platform(companyCollection).insert(company)
    if (inserted.kind === 'duplicate') return refuse(conflict('body.name', 'a company with this name exists'))
    return reply(201, { company }, { Location: `/api/v1/companies` })
  },
})
