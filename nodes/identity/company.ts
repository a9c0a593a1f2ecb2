import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'

export const companySchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1).max(100),
  createdAt: z.iso.datetime(),
})
export type Company = z.output<typeof companySchema>

/** What groups organizations: a company admin acts for any of those of the own company. */
export const companyCollection: CollectionSpec<Company> = {
  name: 'companies',
  schema: companySchema,
  unique: { name: ['name'] },
}
