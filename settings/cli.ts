import { archiveCommand } from './commands/archive.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { brokerFilesCommand } from './commands/broker-files.ts'
import { flowsCommand } from './commands/flows.ts'
import { importCommand } from './commands/import.ts'
import { organizationCommand } from './commands/organization.ts'
import { projectionsCommand } from './commands/projections.ts'
import { replayCommand } from './commands/replay.ts'
import { userCommand } from './commands/user.ts'

/** A command gets the words after its name and answers with the exit code. */
type Command = (words: readonly string[]) => Promise<number>

const commands: Readonly<Record<string, Command>> = {
  archive: archiveCommand,
  audit: auditCommand,
  backup: backupCommand,
  'broker-files': brokerFilesCommand,
  flows: flowsCommand,
  import: importCommand,
  organization: organizationCommand,
  projections: projectionsCommand,
  replay: replayCommand,
  restore: restoreCommand,
  user: userCommand,
}

const help = `Usage: npm run fleetloom -- COMMAND

  archive       check what is archived: archive verify [--organization ORG]
  audit         check that nothing in the audit was changed: audit verify [--organization ORG]
  backup        copy all data, checked, while the platform runs: backup [--out FOLDER]
  broker-files  write Mosquitto's password and ACL file from the device registry: broker-files --out FOLDER
  flows lint    check the flow files: guards, replies, wires, catch nodes, secrets
  import        bring a device's readings along from elsewhere: import --organization ORG --device ID FILE
  organization  a database of its own, a file to bring it along elsewhere, its end: organization move|export|import|remove
  projections   make states of bookings and calendars of their events again: projections rebuild [--organization ORG]
  replay        send what devices sent before through the pipeline again: replay --organization ORG …
  restore       put a backup back: restore --from FOLDER [--data-dir FOLDER] [--flows-dir FOLDER] [--force]
  user          look after users: user list|add|password|disable|enable

`

const [name = '', ...words] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  const isAsked = name === '' || name === 'help' || name === '--help'
  process[isAsked ? 'stdout' : 'stderr'].write(isAsked ? help : `There is no command "${name}".\n\n${help}`)
  process.exitCode = isAsked ? 0 : 2
} else process.exitCode = await command(words)
