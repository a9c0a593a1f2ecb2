/** An engine that the settings name cannot be used: a line for whoever starts the platform, without passwords. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused'
  constructor(setting: string, reason: string, cause?: unknown) {
    super(`${setting}: ${reason}`, { cause })
  }
}
