import type { ClassPort } from '../../devices/device-class.ts'

/** `calibrated = raw × scaling + offset`; the raw value is kept, so that history can be calibrated again. */
export const calibrate = (
  rawValue: number,
  { scaling, offset }: Pick<ClassPort, 'scaling' | 'offset'>,
): number => rawValue * scaling + offset
