import { glob } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Domain } from './domain.ts'

const moduleSchema = z.object({
  domain: z.custom<Domain>(
    (value) => typeof value === 'object' && value !== null && 'start' in value && 'needs' in value,
    'must export a domain',
  ),
})

/** Finds every `nodes/<domain>/domain.ts`: adding one touches no list. @throws for one that is not named as its folder */
export async function loadDomains(nodesDir: string): Promise<readonly Domain[]> {
  const domains: Domain[] = []
  for await (const file of glob('*/domain.ts', { cwd: nodesDir })) {
    const { domain } = moduleSchema.parse(await import(path.join(nodesDir, file)))
    if (domain.id !== path.dirname(file)) throw new Error(`${file} calls its domain ${domain.id}`)
    domains.push(domain)
  }
  return domains.sort((a, b) => a.id.localeCompare(b.id))
}
