import { parseArgs } from 'node:util'
import { refusing } from './refusing.ts'

interface OrganizationsVerb {
  /** As in `audit verify`. */
  readonly command: string
  readonly verb: string
  /** For one organization, or for all of them. @returns the exit code */
  readonly run: (organization: string | undefined) => Promise<number>
  readonly isRefusal: (error: Error) => boolean
}

/** A command that has one verb, for all organizations or for one: `audit verify [--organization ORG]`. */
export function organizationsVerb({
  command,
  isRefusal,
  run,
  verb,
}: OrganizationsVerb): (words: readonly string[]) => Promise<number> {
  return async ([given, ...args]) => {
    if (given !== verb) {
      process.stderr.write(
        `${command}: say \`${command} ${verb}\`, or \`${command} ${verb} --organization ORG\`\n`,
      )
      return 2
    }
    return refusing(async () => {
      const { values } = parseArgs({ args, options: { organization: { type: 'string' } } })
      return run(values.organization)
    }, isRefusal)
  }
}
