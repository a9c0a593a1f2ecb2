import { operation as listCommands } from '../../commands/operations/list-commands.ts'
import { calledAs } from '../called-as.ts'

export const operation = calledAs(listCommands, {
  id: 'compatListCommands',
  path: '/api/device/:deviceId/commands',
})
