/** What a guest of the demo is going to do. Pure, so that a seed tells the whole story. */
export interface Visit {
  readonly podId: string
  /** From the slot that runs now. */
  readonly slots: number
  readonly wrongCodes: number
  /** When the guest is at the door, after booking; never, for one who does not come. */
  readonly comesAfterMs: number | undefined
  readonly staysMs: number
  /** Changes their mind instead of coming. */
  readonly cancels: boolean
  /** Until somebody else comes. */
  readonly pauseMs: number
}

/** @param dice numbers in [0, 1) */
export function planVisit(podIds: readonly string[], slotMs: number, dice: () => number): Visit {
  const podId = podIds[Math.floor(dice() * podIds.length)] ?? ''
  const slots = 1 + Math.floor(dice() * 2)
  const mood = dice()
  const wrongCodes = dice() < 0.3 ? 1 + Math.floor(dice() * 2) : dice() < 0.05 ? 5 : 0
  return {
    podId,
    slots,
    wrongCodes,
    cancels: mood < 0.1,
    comesAfterMs: mood < 0.15 ? undefined : 3000 + dice() * 12_000,
    staysMs: slotMs * (0.15 + dice() * 0.5),
    pauseMs: 5000 + dice() * 25_000,
  }
}

/** A code that is not this one. */
export const wrongCode = (code: string): string =>
  String((Number(code) + 1) % 1_000_000).padStart(code.length, '0')
