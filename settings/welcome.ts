import type { FirstAdmin } from '../nodes/identity/sign-in/first-admin.ts'
import type { Demo } from '../demo/start-demo.ts'
import type { Settings } from './env.ts'
import { ROLES } from '../editor/flow-storage/roles.ts'

export interface WelcomeParts {
  readonly settings: Settings
  /** Undefined where nobody signs in. */
  readonly admin: FirstAdmin | undefined
  readonly port: number
  /** Undefined where the broker is somebody else's. */
  readonly mqttPort: number | undefined
  readonly demo: Demo | undefined
}

/** After it nothing more is said, and all has started. */
export const lastLine = 'Ctrl-C stops it.'

/** What somebody who has just started the platform needs to know. */
export function welcome({ settings, admin, port, mqttPort, demo }: WelcomeParts): void {
  const url =
    settings.PUBLIC_URL ?? `${settings.TLS_CERT === undefined ? 'http' : 'https'}://${settings.HOST}:${port}`
  const isWhole = ROLES.every((role) => settings.ROLES.includes(role))
  const lines = [
    '',
    isWhole ? 'Fleetloom is running.' : `Fleetloom is running, as ${settings.ROLES.join(' and ')}.`,
    '',
    ...(admin === undefined
      ? [`  Health      ${url}/readyz`]
      : [
          `  Dashboard   ${url}/dashboard`,
          `  Editor      ${url}/editor`,
          `  API         ${url}/api/v1/docs`,
          `  Customers   ${url}/app`,
        ]),
    ...(mqttPort === undefined
      ? settings.MQTT_URL === undefined
        ? []
        : [`  MQTT        ${settings.MQTT_URL}   (a broker of your own)`]
      : [
          `  MQTT        mqtt://${settings.HOST}:${mqttPort}   (WebSocket: ${url.replace(/^http/, 'ws')}/mqtt)`,
        ]),
    '',
    ...(admin === undefined ? [] : [`  Sign in as  ${admin.email}`]),
    ...(admin?.generatedPassword === undefined
      ? []
      : [
          `  Password    ${admin.generatedPassword}   (shown this once; set ADMIN_PASSWORD to choose another)`,
        ]),
    ...(demo === undefined
      ? []
      : [`  Demo fleet  ${demo.devices} simulated devices in the organization "${demo.organization}"`]),
    ...(demo?.users ?? []).map(
      ({ email, password }, n) =>
        `  ${n === 0 ? 'Demo users' : '          '}  ${email.padEnd(35)} ${password}`,
    ),
    ...(demo === undefined || demo.users.length === 0 ? [] : ['              (passwords shown this once)']),
    '',
    lastLine,
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
