import { parseClasses, type ClassCount } from './class-counts.ts'
import type { SignIn } from './register.ts'

export type Source =
  | {
      readonly kind: 'register'
      readonly classes: readonly ClassCount[]
      readonly url: string
      readonly signIn: SignIn
      readonly organization: string
      readonly prefix: string
    }
  | { readonly kind: 'file'; readonly path: string }

export interface SourceValues {
  readonly devices?: number | undefined
  readonly url: string
  readonly org: string
  readonly prefix: string
}

interface ChosenSource {
  readonly source?: Source
  readonly mistakes: readonly string[]
}

/** Where the devices come from; what is wrong with the values themselves has been told already. */
export function chooseSource(
  given: Readonly<Record<string, string>>,
  values: SourceValues | undefined,
  classEntries: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ChosenSource {
  const path = given['credentials']
  if (path !== undefined) {
    const clash = classEntries.length > 0 || given['devices'] !== undefined
    if (clash) {
      return { mistakes: ['--credentials: the file names the devices; leave out --class and --devices'] }
    }
    return { source: { kind: 'file', path }, mistakes: [] }
  }
  const classes = parseClasses(classEntries, values?.devices ?? 1)
  const signIn = chooseSignIn(given, env)
  const mistakes = [...classes.mistakes]
  if (signIn === undefined) {
    mistakes.push(
      'how to sign in is missing: --token T, or --email E --password P (or FLEETLOOM_TOKEN, ADMIN_PASSWORD in the environment), or --credentials FILE',
    )
  }
  if (signIn === undefined || values === undefined || mistakes.length > 0) return { mistakes }
  const { url, org, prefix } = values
  return {
    source: { kind: 'register', classes: classes.counts, url, signIn, organization: org, prefix },
    mistakes,
  }
}

/** What is typed goes before what is in the environment. */
function chooseSignIn(
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): SignIn | undefined {
  if (given['token'] !== undefined) return { kind: 'token', token: given['token'] }
  const typed = given['password'] ?? given['email']
  if (typed === undefined && env['FLEETLOOM_TOKEN']) {
    return { kind: 'token', token: env['FLEETLOOM_TOKEN'] }
  }
  const password = given['password'] ?? env['ADMIN_PASSWORD']
  const email = given['email'] ?? env['ADMIN_EMAIL'] ?? 'admin@fleetloom.local'
  return password === undefined || password === '' ? undefined : { kind: 'password', email, password }
}
