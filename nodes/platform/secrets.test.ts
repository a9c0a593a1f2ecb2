import { pbkdf2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeSecrets } from './secrets.ts'

test('a device password is 256 bits, and proves itself and no other', () => {
  const password = nodeSecrets.newDevicePassword()
  expect(Buffer.from(password, 'base64url')).toHaveLength(32)
  const credential = nodeSecrets.hashDevicePassword(password)
  expect(nodeSecrets.isDevicePassword(password, credential)).toBe(true)
  expect(nodeSecrets.isDevicePassword(Buffer.from(password), credential)).toBe(true)
  expect(nodeSecrets.isDevicePassword(nodeSecrets.newDevicePassword(), credential)).toBe(false)
  expect(nodeSecrets.isDevicePassword('', credential)).toBe(false)
})

test('a device password may be so long and of these characters, each as likely as the others', () => {
  const password = nodeSecrets.newDevicePassword({ length: 6000, characters: 'abc' })
  expect(password).toMatch(/^[abc]{6000}$/)
  for (const character of 'abc') expect(Math.abs(password.split(character).length - 2001)).toBeLessThan(250)
})

test('a chosen password has a slow hash, which Mosquitto can read too', async () => {
  const credential = await nodeSecrets.hashChosenPassword('hall-7-Vent.North')
  expect(credential.iterations).toBe(100_000)
  expect(await nodeSecrets.isDevicePassword(Buffer.from('hall-7-Vent.North'), credential)).toBe(true)
  expect(await nodeSecrets.isDevicePassword('hall-7-vent.north', credential)).toBe(false)
  const [, , , salt = '', hash = ''] = credential.mosquitto?.split('$') ?? []
  expect(Buffer.from(salt, 'base64').toString('hex')).toBe(credential.salt)
  expect(Buffer.from(hash, 'base64').toString('hex')).toBe(credential.hash)
})

test('what is kept does not show the password, nor that two devices have the same', () => {
  const [first, second] = [nodeSecrets.hashDevicePassword('same'), nodeSecrets.hashDevicePassword('same')]
  expect(JSON.stringify(first)).not.toContain('same')
  expect(first.hash).not.toBe(second.hash)
})

test('a damaged record opens to nobody', () => {
  const { salt } = nodeSecrets.hashDevicePassword('x')
  for (const hash of ['', 'zz', 'ab'.repeat(31)])
    expect(nodeSecrets.isDevicePassword('x', { salt, hash })).toBe(false)
})

test('ids do not repeat', () => {
  expect(nodeSecrets.newId()).not.toBe(nodeSecrets.newId())
})

test('the hash for Mosquitto is its own kind, with a salt of its own', () => {
  const { mosquitto = '' } = nodeSecrets.hashDevicePassword('secret')
  const [, kind, iterations, salt = '', hash] = mosquitto.split('$')
  expect([kind, iterations, Buffer.from(salt, 'base64').length]).toEqual(['7', '101', 12])
  const expected = pbkdf2Sync('secret', Buffer.from(salt, 'base64'), 101, 64, 'sha512')
  expect(hash).toBe(expected.toString('base64'))
  expect(nodeSecrets.hashDevicePassword('secret').mosquitto).not.toBe(mosquitto)
})

test('two secrets are the same only when they are', () => {
  expect(nodeSecrets.isSame('a secret', 'a secret')).toBe(true)
  for (const other of ['', 'a secre', 'a secret ', 'b secret'])
    expect(nodeSecrets.isSame(other, 'a secret')).toBe(false)
})
