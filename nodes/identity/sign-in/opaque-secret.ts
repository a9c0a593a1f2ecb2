import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits; the prefix lets secret scanners find a leaked one. */
export const newSecret = (prefix = ''): string => prefix + randomBytes(32).toString('base64url')

/** Plain SHA-256: with 256 random bits inside there is nothing to guess, so a slow hash would add nothing. */
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
