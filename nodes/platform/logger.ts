/** The part of pino that the platform uses: fields first, then what happened. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: Readonly<Record<string, unknown>>): Logger
}

const nothing = (): void => undefined

/** For tests and for optional loggers. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
}
