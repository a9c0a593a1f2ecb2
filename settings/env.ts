import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { parseTrustedProxies } from '../nodes/platform/client-address.ts'
import { parseArchiveUrl } from '../engines/archive/open.ts'
import { serviceAccountSchema } from '../nodes/notifications/senders/service-account.ts'
import { ROLES } from '../editor/flow-storage/roles.ts'
import { weaknessOf } from '../nodes/identity/password.ts'
import { weaknessOfSecret } from '../nodes/identity/sign-in/secrets.ts'
import { mistakesOfSharing } from './sharing-rules.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const url = (...protocols: readonly string[]): z.ZodType<string> =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )
/** Names several hosts, which a URL as browsers know it does not. */
const mongoUrl = z
  .string()
  .regex(/^mongodb(\+srv)?:\/\/\S+$/, 'must be a URL that begins with mongodb:// or mongodb+srv://')
const strongSecret = z
  .string()
  .regex(/^\S{32,}$/, 'must have 32 characters or more, and no spaces')
  .refine((text) => weaknessOfSecret(text) !== 'guessable', 'is a placeholder or can be guessed')
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Every setting there is, with its default: the table in the README is checked against it. */
export const settingsSchema = z.object({
  PORT: port.default(1880),
  HOST: z.string().min(1).default('127.0.0.1'),
  MQTT_PORT: port.default(1883),
  DATA_DIR: z.string().min(1).default('./data'),
  FLOWS_DIR: z.string().min(1).default('./flows'),
  ADMIN_EMAIL: z.email().default('admin@fleetloom.local'),
  ADMIN_PASSWORD: z.string().optional(),
  DEMO: onOff.default(true),
  ROLES: z
    .string()
    .default('ingest,process,serve')
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(ROLES, `must be of ${ROLES.join(', ')}`)).min(1)),
  JWT_SECRET: z.string().optional(),
  CREDENTIAL_SECRET: z.string().optional(),
  /** What codes of doors are made with in place of the key that is kept. */
  DOOR_CODE_SECRET: strongSecret.optional(),
  /** An OpenID Connect provider whose accounts may sign in, if they are users here. */
  OIDC_ISSUER: url('http:', 'https:')
    .refine(
      (text) => !/^http:\/\/(?!localhost[:/]|127\.0\.0\.1[:/]|\[::1\][:/])/.test(`${text}/`),
      'must begin with https:// unless it is on this machine',
    )
    .optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  PUBLIC_URL: url('http:', 'https:').optional(),
  /** Who may say for whom they forward. */
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .transform((text, context) => {
      const trusted = parseTrustedProxies(text)
      if (trusted !== undefined) return trusted
      context.addIssue(
        'must be off, a number of hops, or addresses, networks, loopback, linklocal, uniquelocal',
      )
      return z.NEVER
    }),
  /** Whose pages may call the API from a browser, beside our own: origins, with commas. */
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(
        z
          .string()
          .refine(
            (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
            'must be origins as browsers name them, such as https://app.example, with commas between',
          ),
      ),
    )
    .optional(),
  /** Of one address; 0 sets no limit. */
  BROKEN_CONNECTIONS_PER_SECOND: z.coerce.number().int().min(0).default(20),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** PEM files; with them HTTP is HTTPS, and MQTT has a TLS listener beside the plain one. */
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  TLS_CLIENT_CA: z.string().optional(),
  MQTTS_PORT: port.default(8883),
  MQTT_MAX_PAYLOAD_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(2 * 1024 * 1024),
  /** A broker of one's own; then none listens in this process. */
  MQTT_URL: url('mqtt:', 'mqtts:', 'ws:', 'wss:')
    .refine(
      (text) => !/^[a-z]+:\/\/[^/]*@/.test(text),
      'must not have a user or password in it: MQTT_USERNAME, MQTT_PASSWORD are for them',
    )
    .optional(),
  MQTT_USERNAME: z.string().optional(),
  MQTT_PASSWORD: z.string().optional(),
  MQTT_CLIENT_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'must be 1 to 128 letters, digits, _ . : or -')
    .optional(),
  MQTT_SHARED: onOff.default(true),
  /** With it a broker may ask who may do what. */
  MQTT_HOOK_SECRET: strongSecret.optional(),
  /** PEM files: the authority that signed the broker's certificate, and our own certificate. */
  MQTT_CA: z.string().optional(),
  MQTT_CERT: z.string().optional(),
  MQTT_KEY: z.string().optional(),
  /** Engines of one's own, which several instances can share. */
  MONGO_URL: mongoUrl.optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  /** Default: `archive` in the data directory. */
  ARCHIVE_URL: z
    .string()
    .superRefine((text, context) => {
      try {
        parseArchiveUrl(text)
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : String(error))
      }
    })
    .optional(),
  COMMAND_ACK_TIMEOUT_MS: z.coerce.number().int().min(100).max(3_600_000).default(30_000),
  /** A provider of payments to try things with: `npm run sim -- payments`. */
  PAYMENTS_SANDBOX_URL: url('http:', 'https:').optional(),
  PAYMENTS_SANDBOX_SECRET: z.string().min(8).optional(),
  /** Of an account at Stripe, and of the endpoint set up there for its webhooks. */
  STRIPE_SECRET_KEY: z.string().min(8).optional(),
  STRIPE_WEBHOOK_SECRET: z.string().min(8).optional(),
  STRIPE_URL: url('http:', 'https:').default('https://api.stripe.com'),
  /** Of an account at PagBank. */
  PAGBANK_TOKEN: z.string().min(8).optional(),
  PAGBANK_URL: url('http:', 'https:').default('https://api.pagseguro.com'),
  /** How often providers are asked about what is not paid yet. */
  PAYMENTS_POLL_MS: z.coerce.number().int().min(100).default(60_000),
  DEAD_LETTER_DAYS: z.coerce.number().min(1).max(3650).default(30),
  /** For each organization. */
  DEAD_LETTER_MB: z.coerce.number().min(1).max(100_000).default(64),
  /** A server that takes mails, with user and password in it where it asks for them. */
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().min(3).default('Fleetloom <fleetloom@localhost>'),
  TWILIO_ACCOUNT_SID: z.string().optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_FROM: z.string().optional(),
  TWILIO_URL: url('http:', 'https:').default('https://api.twilio.com'),
  /** A pair of keys for Web Push, base64url. */
  VAPID_PUBLIC_KEY: z.string().optional(),
  VAPID_PRIVATE_KEY: z.string().optional(),
  /** The JSON of a Google service account. */
  FCM_SERVICE_ACCOUNT: z
    .string()
    .transform((text, context) => {
      const account = serviceAccountSchema.safeParse(parseJson(text))
      if (account.success) return account.data
      context.addIssue('must be the JSON key of a Google service account')
      return z.NEVER
    })
    .optional(),
  FCM_URL: url('http:', 'https:').default('https://fcm.googleapis.com'),
  UPLINK_RETENTION_HOURS: z.coerce
    .number()
    .min(1)
    .default(7 * 24),
})

/** Settings of parts that this version does not have: to take one silently would promise what is not there. */
const notYet = ['OTEL_EXPORTER_OTLP_ENDPOINT']

export type Settings = z.output<typeof settingsSchema>

export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings'
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(`The environment has mistakes:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`)
    this.mistakes = mistakes
  }
}

/**
 * Reads the settings once, at start. `NAME_FILE` names a file that holds the value of `NAME`, for secrets.
 * @throws InvalidSettings listing every mistake at once, by the variable's name
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const mistakes: string[] = []
  const values: Record<string, string> = {}
  for (const name of Object.keys(settingsSchema.shape)) {
    const file = environment[`${name}_FILE`]
    const value = file === undefined || file === '' ? environment[name] : readSecret(name, file, mistakes)
    if (value !== undefined && value !== '') values[name] = value
  }
  for (const name of notYet) {
    const isSet = [environment[name], environment[`${name}_FILE`]].some(
      (value) => value !== undefined && value !== '',
    )
    if (isSet) mistakes.push(`${name}: this version does not have what it configures`)
  }
  const result = settingsSchema.safeParse(values)
  if (!result.success) {
    for (const issue of result.error.issues)
      mistakes.push(`${issue.path[0]?.toString() ?? '?'}: ${issue.message}`)
  }
  for (const [cert, key] of [
    ['TLS_CERT', 'TLS_KEY'],
    ['MQTT_CERT', 'MQTT_KEY'],
    ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
    ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY'],
  ] as const) {
    if ((values[cert] === undefined) !== (values[key] === undefined))
      mistakes.push(`${cert}, ${key}: one needs the other`)
  }
  const oidc = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'PUBLIC_URL']
  if (values['OIDC_ISSUER'] !== undefined && oidc.some((name) => values[name] === undefined))
    mistakes.push(`${oidc.join(', ')}: single sign-on needs all of them`)
  if (result.success) mistakes.push(...mistakesOfSharing(result.data))
  const { ADMIN_EMAIL = 'admin', ADMIN_PASSWORD } = values
  const weakness = ADMIN_PASSWORD === undefined ? undefined : weaknessOf(ADMIN_PASSWORD, ADMIN_EMAIL)
  if (weakness !== undefined && environment['NODE_ENV'] === 'production')
    mistakes.push(`ADMIN_PASSWORD: ${weakness}`)
  if (mistakes.length > 0 || !result.success) throw new InvalidSettings(mistakes)
  return {
    ...result.data,
    DATA_DIR: path.resolve(result.data.DATA_DIR),
    FLOWS_DIR: path.resolve(result.data.FLOWS_DIR),
  }
}

function readSecret(name: string, file: string, mistakes: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    mistakes.push(
      `${name}_FILE: cannot read ${file} (${error instanceof Error ? error.message : String(error)})`,
    )
    return undefined
  }
}
