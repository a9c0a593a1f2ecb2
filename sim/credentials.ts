import { z } from 'zod'
import { CLASS_KEYS } from './devices/catalogue.ts'
import type { Member } from './fleet.ts'

const memberSchema = z.object({
  deviceId: z.string().min(1),
  password: z.string(),
  orgId: z.string().min(1),
  classKey: z.enum(CLASS_KEYS),
})

export type ParsedCredentials =
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] }

/** Reads JSON lines of `{deviceId, password, orgId, classKey}`; blank lines are allowed. */
export function parseCredentials(text: string): ParsedCredentials {
  const members: Member[] = []
  const mistakes: string[] = []
  const seen = new Set<string>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const member = memberSchema.safeParse(parseJson(line))
    if (!member.success) {
      const reasons = member.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim())
      mistakes.push(`line ${index + 1}: ${reasons.join('; ')}`)
    } else if (seen.has(member.data.deviceId)) {
      // Two connections under one client id would throw each other out for ever.
      mistakes.push(`line ${index + 1}: ${member.data.deviceId} is there twice`)
    } else {
      seen.add(member.data.deviceId)
      members.push(member.data)
    }
  }
  if (members.length === 0 && mistakes.length === 0) mistakes.push('there are no devices in the file')
  return mistakes.length === 0 ? { kind: 'members', members } : { kind: 'mistakes', mistakes }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
