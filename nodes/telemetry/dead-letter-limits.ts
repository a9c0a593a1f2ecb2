/** What is kept of input that could not be used. A device chooses how much of it there is, so all of it is bounded. */
export interface DeadLetterLimits {
  readonly keptForMs: number
  readonly device: Room
  readonly organization: Room
}

export interface Room {
  readonly letters: number
  readonly bytes: number
}

const megabyte = 1_048_576

/** An organization has room for a few devices that do nothing but err; none of them takes all of it. */
export const limitsFor = (days: number, megabytes: number): DeadLetterLimits => ({
  keptForMs: days * 86_400_000,
  device: { letters: megabytes * 256, bytes: (megabytes * megabyte) / 4 },
  organization: { letters: megabytes * 1024, bytes: megabytes * megabyte },
})

export interface SizedLetter {
  readonly id: string
  readonly deviceId: string
  readonly payloadBytes: number
}

/** Beside its payload, which is kept in base64. */
const letterBytes = 500
const sizeOf = ({ payloadBytes }: SizedLetter): number => letterBytes + Math.ceil(payloadBytes / 3) * 4

/** Shown an organization's letters one by one, newest first: says which there is no room for. */
export class RoomLeft {
  readonly #limits: DeadLetterLimits
  readonly #devices = new Map<string, { letters: number; bytes: number }>()
  readonly #all = { letters: 0, bytes: 0 }

  constructor(limits: DeadLetterLimits) {
    this.#limits = limits
  }

  takes(letter: SizedLetter): boolean {
    const device = this.#devices.get(letter.deviceId) ?? { letters: 0, bytes: 0 }
    this.#devices.set(letter.deviceId, device)
    const bytes = sizeOf(letter)
    const fits = (used: Room, room: Room): boolean =>
      used.letters < room.letters && used.bytes + bytes <= room.bytes
    if (!fits(device, this.#limits.device) || !fits(this.#all, this.#limits.organization)) return false
    for (const used of [device, this.#all]) {
      used.letters += 1
      used.bytes += bytes
    }
    return true
  }
}

/**
 * How much may come before it is looked at again whether there is room: a tenth of what a device may have. So the store
 * holds a little more than the limits, and is read through once for every tenth.
 */
export const isWorthLooking = (since: Room, { device }: DeadLetterLimits): boolean =>
  since.letters > device.letters / 10 || since.bytes > device.bytes / 10
