import { expect, test } from 'vitest'
import { userCollection } from '../user.ts'
import { address, cheapPasswords, createWorld, request, type World } from './auth.fixture.ts'
import { ensureFirstAdmin, type FirstAdmin } from './first-admin.ts'

const email = 'admin@fleetloom.local'
const ensure = (world: World, password?: string, name = email): Promise<FirstAdmin> =>
  ensureFirstAdmin(world.store, { email: name, password, clock: world.clock, passwords: cheapPasswords })
const login = async (world: World, password: string): Promise<string> =>
  (await world.auth.authenticator.login(email, password, address)).kind
const everybody = async (world: World): Promise<string[]> =>
  (await world.store.platform(userCollection).find()).items.map(({ document }) => document.email)

test('the first start makes an admin and says its password once', async () => {
  await using world = await createWorld()
  const first = await ensure(world)
  expect(first).toEqual({ email, generatedPassword: expect.stringMatching(/^(\w{6}-){3}\w{6}$/) as unknown })
  expect(await login(world, first.generatedPassword ?? '')).toBe('welcome')
  expect(JSON.stringify(await world.store.platform(userCollection).find())).not.toContain(
    first.generatedPassword,
  )

  await world.restart()
  expect(await ensure(world)).toEqual({ email })
  expect(await login(world, first.generatedPassword ?? '')).toBe('welcome')
})

test('two starts give two passwords', async () => {
  await using one = await createWorld()
  await using other = await createWorld()
  expect((await ensure(one)).generatedPassword).not.toBe((await ensure(other)).generatedPassword)
})

test('processes that start at once agree on one admin and one password', async () => {
  await using world = await createWorld()
  const admins = await Promise.all(Array.from({ length: 8 }, () => ensure(world)))
  const generated = admins.flatMap(({ generatedPassword }) => generatedPassword ?? [])
  expect(generated).toHaveLength(1)
  expect(await everybody(world)).toEqual([email])
  expect(await login(world, generated[0] ?? '')).toBe('welcome')
})

test('a password given at the first start is not said back', async () => {
  await using world = await createWorld()
  expect(await ensure(world, 'fK7-pQ2-xW9-zL4')).toEqual({ email })
  expect(await login(world, 'fK7-pQ2-xW9-zL4')).toBe('welcome')
})

test('another password given later replaces the old one and signs the admin out everywhere', async () => {
  await using world = await createWorld()
  await ensure(world, 'fK7-pQ2-xW9-zL4')
  const outcome = await world.auth.authenticator.login(email, 'fK7-pQ2-xW9-zL4', address)
  if (outcome.kind !== 'welcome') throw new Error(outcome.kind)
  await ensure(world, 'a new and better one')
  await world.restart()
  expect(await login(world, 'fK7-pQ2-xW9-zL4')).toBe('refused')
  expect(await login(world, 'a new and better one')).toBe('welcome')
  const authorization = `Bearer ${outcome.tokens.accessToken}`
  expect((await world.auth.authenticator.authenticate(request({ authorization }))).kind).toBe('rejected')
})

test('the same password given again signs nobody out', async () => {
  await using world = await createWorld()
  await ensure(world, 'fK7-pQ2-xW9-zL4')
  const outcome = await world.auth.authenticator.login(email, 'fK7-pQ2-xW9-zL4', address)
  if (outcome.kind !== 'welcome') throw new Error(outcome.kind)
  await ensure(world, 'fK7-pQ2-xW9-zL4')
  expect((await world.auth.authenticator.refresh(outcome.tokens.refreshToken)).kind).toBe('welcome')
})

test('a weak password is taken, and its weakness said', async () => {
  await using world = await createWorld()
  expect(await ensure(world, 'admin')).toEqual({ email, weakness: 'is shorter than 12 characters' })
})

test('an admin who changed the e-mail finds no second account after a restart', async () => {
  await using world = await createWorld()
  await world.addUser({ email: 'boss@acme.example' })
  expect(await ensure(world)).toEqual({ email: 'boss@acme.example' })
  expect(await everybody(world)).toEqual(['boss@acme.example'])
})

test('an ordinary user is not made an admin by the environment', async () => {
  await using world = await createWorld()
  await world.addUser({ role: 'member', orgId: 'acme' })
  await expect(ensure(world, 'fK7-pQ2-xW9-zL4', 'ann@acme.example')).rejects.toThrow(
    /ADMIN_EMAIL.*role member/,
  )
})
