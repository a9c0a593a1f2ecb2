import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineConfig, InvalidConfig, readConfig } from './node-config.ts'

const spec = defineConfig(
  z.object({
    limit: z.coerce.number().int().min(1).default(10),
    mode: z.enum(['fast', 'safe']).default('safe'),
  }),
)

describe('the properties of a node', () => {
  test('have their defaults where the flow says nothing, or has an empty field', () => {
    expect(readConfig(spec, {})).toEqual({ limit: 10, mode: 'safe' })
    expect(readConfig(spec, { limit: '', mode: '' })).toEqual({ limit: 10, mode: 'safe' })
  })

  test('are read from the text of a form, and nothing else of the node comes along', () => {
    expect(readConfig(spec, { limit: '5', mode: 'fast', id: 'n1', type: 'x', wires: [] })).toEqual({
      limit: 5,
      mode: 'fast',
    })
  })

  test('are all named that are wrong', () => {
    const read = (): unknown => readConfig(spec, { limit: 0, mode: 'slow' })
    expect(read).toThrow(InvalidConfig)
    expect(read).toThrow(/limit: .+; mode: /)
  })
})

describe('properties that another version saved', () => {
  const versioned = defineConfig(z.object({ seconds: z.number().default(1) }), {
    version: 3,
    migrations: {
      1: ({ ms, ...rest }) => ({ ...rest, millis: ms }),
      2: ({ millis, ...rest }) => ({ ...rest, seconds: Number(millis) / 1000 }),
    },
  })

  test('are brought up version by version', () => {
    expect(readConfig(versioned, { configVersion: 1, ms: 5000 })).toEqual({ seconds: 5 })
    expect(readConfig(versioned, { ms: 5000 })).toEqual({ seconds: 5 })
    expect(readConfig(versioned, { configVersion: 2, millis: 2000 })).toEqual({ seconds: 2 })
    expect(readConfig(versioned, { configVersion: 3, seconds: 7 })).toEqual({ seconds: 7 })
  })

  test('are left alone by the migrations: the flow keeps what it had', () => {
    const stored = { configVersion: 1, ms: 5000 }
    readConfig(versioned, stored)
    expect(stored).toEqual({ configVersion: 1, ms: 5000 })
  })

  test('a newer version is refused, with both', () => {
    expect(() => readConfig(versioned, { configVersion: 4 })).toThrow(/newer version.*4, this is 3/)
  })

  test('a gap between versions is refused', () => {
    const gap = defineConfig(z.object({}), { version: 2, migrations: {} })
    expect(() => readConfig(gap, {})).toThrow('no migration from version 1')
  })
})
