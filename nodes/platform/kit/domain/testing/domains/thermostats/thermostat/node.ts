import { z } from 'zod'
import { defineNode } from '../../../../../define-node.ts'
import { defineConfig } from '../../../../../node-config.ts'
import { domain } from '../domain.ts'

/** Sets each thermostat that a message names. */
export default defineNode({
  type: 'thermostat',
  category: 'devices',
  icon: 'font-awesome/fa-fire',
  config: defineConfig(z.object({ celsius: z.number().default(21) })),
  needs: { thermostats: domain },
  outputs: [],
  start: ({ config, needed: { thermostats } }) => ({
    async process(_, { topic = '' }) {
      await thermostats.setTarget('acme', topic, config.celsius)
      return []
    },
  }),
})
