import { expect, test } from 'vitest'
import { isRefused } from '../platform/kit/decider/decider.ts'
import { canSignIn, type User } from './user.ts'
import { type UserCommand, userDecider } from './user-decider.ts'

const nowMs = Date.UTC(2026, 0, 1)
const ann: User = {
  id: 'ann',
  email: 'ann@acme.example',
  name: 'Ann',
  role: 'operator',
  orgId: 'acme',
  passwordHash: 'old',
  isEnabled: true,
  createdAt: '2026-01-01T00:00:00.000Z',
}
const link = { kind: 'invitation', hash: 'h', expiresAtMs: nowMs + 1000 } as const
const invited: User = { ...ann, passwordHash: null, link }

/** What somebody becomes, or why they do not. */
function after(user: User, command: UserCommand, atMs = nowMs): User | string {
  const decision = userDecider.decide(user, command, atMs)
  if (isRefused(decision)) return decision.refused
  return decision.reduce<User>((state, event) => userDecider.evolve(state, event, atMs), user)
}

const withFactor = (secret: string): User => ({
  ...ann,
  secondFactor: { secret, isConfirmed: false, usedStep: 0, recovery: [] },
})

const use = { type: 'UseLink', kind: 'invitation', hash: 'h', passwordHash: 'new' } as const
const toMember = { type: 'ChangeRole', role: 'member', orgId: 'acme' } as const

test.each<[string, User, UserCommand, User | string]>([
  [
    'a second factor that was begun anew is not confirmed by a code of the one before',
    withFactor('second'),
    { type: 'ConfirmSecondFactor', secret: 'first', step: 7, recovery: [] },
    'wrong-code',
  ],
  [
    'a second factor counts from its first code on',
    withFactor('first'),
    { type: 'ConfirmSecondFactor', secret: 'first', step: 7, recovery: ['r'] },
    { ...ann, secondFactor: { secret: 'first', isConfirmed: true, usedStep: 7, recovery: ['r'] } },
  ],
  ['a name changes nothing else', ann, { type: 'RenameUser', name: 'Anna' }, { ...ann, name: 'Anna' }],
  ['the same name is nothing new', ann, { type: 'RenameUser', name: 'Ann' }, ann],
  ['being disabled ends every sign-in', ann, { type: 'DisableUser' }, { ...ann, isEnabled: false, epoch: 1 }],
  [
    'being enabled again brings none back',
    { ...ann, isEnabled: false, epoch: 1 },
    { type: 'EnableUser' },
    { ...ann, epoch: 1 },
  ],
  [
    'a role that may less ends every sign-in',
    ann,
    { ...toMember, isMore: false },
    { ...ann, role: 'member', epoch: 1 },
  ],
  ['a role that may more ends none', ann, { ...toMember, isMore: true }, { ...ann, role: 'member' }],
  [
    'the same role is nothing new',
    { ...ann, role: 'member' },
    { ...toMember, isMore: false },
    { ...ann, role: 'member' },
  ],
  [
    'a new password ends every sign-in',
    ann,
    { type: 'ChangePassword', passwordHash: 'new' },
    { ...ann, passwordHash: 'new', epoch: 1 },
  ],
  ['an invitation gives a password, and is used up', invited, use, { ...ann, passwordHash: 'new', epoch: 1 }],
  ['an invitation is no way back in', invited, { ...use, kind: 'reset' }, 'dead-link'],
  ['another token is none', invited, { ...use, hash: 'other' }, 'dead-link'],
  ['who has no invitation uses none', ann, use, 'dead-link'],
  ['who is disabled uses none', { ...invited, isEnabled: false }, use, 'dead-link'],
  [
    'a password of one’s own ends the invitation',
    invited,
    { type: 'ChangePassword', passwordHash: 'own' },
    { ...ann, passwordHash: 'own', epoch: 1 },
  ],
])('%s', (_, user, command, expected) => {
  expect(after(user, command)).toEqual(expected)
})

test('a link is open until its time, and not at it', () => {
  expect(after(invited, use, link.expiresAtMs - 1)).toMatchObject({ passwordHash: 'new' })
  expect(after(invited, use, link.expiresAtMs)).toBe('dead-link')
})

test('of nobody, nothing', () => {
  expect(userDecider.decide(undefined, { type: 'DisableUser' }, nowMs)).toEqual({ refused: 'missing' })
})

test('who was invited can sign in once they have a password', () => {
  expect([canSignIn(invited), canSignIn(ann)]).toEqual([false, true])
})
