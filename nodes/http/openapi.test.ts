import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { loadOperations } from '../platform/kit/endpoints/load-operations.ts'
import { type OpenApiDocument, type OpenApiOperation, toOpenApi } from './openapi.ts'
import type { AnyOperation } from '../platform/kit/endpoints/operation.ts'

const projectDir = path.join(import.meta.dirname, '../..')
const nodeSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  operation: z.string().default(''),
  permission: z.string().default(''),
  method: z.string().default(''),
  url: z.string().default(''),
  wires: z.array(z.array(z.string())).default([]),
})

/** Every operation is loaded, from its source. */
const loadingMs = 60_000

let operations: readonly AnyOperation[]
let document: OpenApiDocument
let described: readonly { readonly at: string; readonly operation: OpenApiOperation }[]
let nodes: readonly z.output<typeof nodeSchema>[]

beforeAll(async () => {
  operations = (await loadOperations(path.join(projectDir, 'nodes'))).all()
  document = toOpenApi(operations, { version: '1.2.3', url: 'https://iot.example' })
  described = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ at: `${method} ${route}`, operation })),
  )
  const flowsDir = path.join(projectDir, 'flows')
  const texts: string[] = []
  for await (const file of glob('*.json', { cwd: flowsDir })) {
    texts.push(await readFile(path.join(flowsDir, file), 'utf8'))
  }
  nodes = texts
    .flatMap((text) => z.array(z.unknown()).parse(JSON.parse(text)))
    .flatMap((node) => {
      const parsed = nodeSchema.safeParse(node)
      return parsed.success ? [parsed.data] : []
    })
}, loadingMs)

const isJson = ({ requestBody }: OpenApiOperation): boolean =>
  Object.keys(requestBody?.content['application/json']?.schema ?? {}).length > 0

describe('the OpenAPI document', () => {
  test('describes every operation once, under its method and path', () => {
    expect(described.map(({ operation }) => operation.operationId).sort()).toEqual(
      operations.map(({ id }) => id).sort(),
    )
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Fleetloom', version: '1.2.3' },
      servers: [{ url: 'https://iot.example' }],
    })
    for (const route of Object.keys(document.paths)) expect(route).toMatch(/^\/api\/[^:]*$/)
  })

  test('declares exactly the parameters that stand in a path, as required', () => {
    for (const { at, operation } of described) {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      const named = [...at.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      expect([at, ...declared.map(({ name }) => name).sort()]).toEqual([at, ...named.sort()])
      expect(declared.every(({ required }) => required)).toBe(true)
    }
  })

  test('names no parameter of an operation twice', () => {
    for (const { operation } of described) {
      const keys = (operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`)
      expect(new Set(keys).size).toBe(keys.length)
    }
  })

  test('has a response of success with a description, and problems for the rest', () => {
    for (const { at, operation } of described) {
      const { default: problems, 400: unreadable, 422: invalid, ...successes } = operation.responses
      expect(problems).toEqual({ $ref: '#/components/responses/Problem' })
      const takesJson = isJson(operation)
      expect([at, invalid]).toEqual([at, takesJson ? { $ref: '#/components/responses/Invalid' } : undefined])
      const isRead =
        operation.requestBody !== undefined ||
        operation.parameters?.some((parameter) => parameter.in !== 'path') === true
      expect([at, unreadable]).toEqual([
        at,
        isRead ? { $ref: '#/components/responses/Unreadable' } : undefined,
      ])
      expect([at, Object.keys(successes).every((status) => /^2\d\d$/.test(status))]).toEqual([at, true])
      expect(Object.values(successes).every(({ description }) => description !== '')).toBe(true)
      expect(Object.keys(successes).length).toBeGreaterThan(0)
    }
  })

  test('says that a body is needed where none is refused', () => {
    const optional = described
      .filter(({ operation }) => operation.requestBody?.required === false)
      .map(({ operation }) => operation.operationId)
    expect(optional.sort()).toEqual([
      'acknowledgeAlert',
      'cancelBooking',
      'resolveAlert',
      'rotateDeviceCredential',
    ])
  })

  test('has bodies only where HTTP gives them a meaning', () => {
    for (const { at, operation } of described) {
      expect([at, /^(get|delete) /.test(at) && operation.requestBody !== undefined]).toEqual([at, false])
    }
  })

  test('leads nowhere with its references and tags, and is JSON', () => {
    const text = JSON.stringify(document)
    expect(JSON.parse(text)).toEqual(document)
    for (const [, reference = ''] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect([reference, resolve(reference)]).toEqual([reference, expect.anything()])
    }
    const tags = new Set(document.tags.map(({ name }) => name))
    expect(described.flatMap(({ operation }) => operation.tags).filter((tag) => !tags.has(tag))).toEqual([])
  })

  test('lets only public operations go without credentials, and those that look at them by themselves', () => {
    for (const { at, operation } of described) {
      if (at === 'post /api/v1/ingest') continue
      const isOpen = Array.isArray(operation['security']) && operation['security'].length === 0
      expect([at, isOpen]).toEqual([at, operation['x-permission'] === 'public'])
    }
  })

  test('shows no secret in any answer but the one that gives it out', () => {
    const showing = described
      // The hash of an entry of the audit is no secret's.
      .filter(({ operation }) => !operation.tags.includes('audit'))
      .filter(({ operation }) =>
        /"(password|hash|salt|pinHash)":\{"type":"string"/.test(JSON.stringify(operation.responses)),
      )
      .map(({ operation }) => operation.operationId)
    expect(showing.sort()).toEqual([
      'adoptUnknownSender',
      'createDevice',
      'provision',
      'rotateDeviceCredential',
    ])
  })
})

describe('operations and flows', () => {
  test('every operation is served in the flows', () => {
    const served = nodes.filter(({ type }) => type === 'request').map(({ operation }) => operation)
    expect(served.sort()).toEqual(operations.map(({ id }) => id).sort())
  })

  test('no http in goes anywhere but to a guard', () => {
    const guards = new Set(nodes.filter(({ type }) => type === 'guard').map(({ id }) => id))
    const astray = nodes
      .filter(({ type }) => type === 'http in')
      .filter(({ wires }) => wires.flat().length === 0 || !wires.flat().every((id) => guards.has(id)))
    expect(astray.map(({ url }) => url)).toEqual([])
  })
})

/** What a reference within the document leads to. */
const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      document,
    )
