/** One of several processes that carry out commands, schedules and overrides: `node control-child.ts DIRECTORY MQTT`. */
import { writeSync } from 'node:fs'
import { openControlInstance } from './control-instance.ts'

const [directory = '', mqttUrl = ''] = process.argv.slice(2)
await openControlInstance(directory, mqttUrl, { works: true })
writeSync(1, 'ready\n')
