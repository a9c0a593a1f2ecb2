import { once } from 'node:events'

export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port < 65_536

/** Resolves when somebody wants this process to end. */
export async function untilStopped(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'disconnect')])
}
