import { z } from 'zod'

/**
 * Device and organization ids stand in MQTT topics, client ids and URLs as they are: no separators, wildcards or
 * escapes.
 */
export const deviceIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'must be 1 to 64 letters, digits, _ . : or -')

/** What stands for a device in its topics: a name or a hardware address, whatever is in it but what MQTT means by it. */
export const deviceAddressSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\$)[^/+#{}\p{Cc}]+$/u, 'must not have / + # { } or control characters, or begin with $')

export const organizationIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, _ or -')

export const classKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits or -')

/** Ports are small whole numbers, so that per-port tables can be arrays. */
export const portNumberSchema = z.int().min(0).max(1023)
