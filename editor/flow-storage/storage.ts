import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toFiles, toFlows } from './canonical.ts'
import { encryptCredentials, isEncrypted } from './credential-cipher.ts'
import { deployFiles, DeployOvertaken, replaceFile } from './deploy-journal.ts'
import { readFlowDirectory, textsOf } from './flow-directory.ts'
import { isTab } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'
import { parseCredentials } from './parse.ts'
import { DeployRefused, disableOtherRoles, takeRolesBack } from './roles.ts'

const CREDENTIALS_FILE = 'flows_cred.json'
const OWNER_ONLY = 0o600
const NOT_WRITABLE = new Set(['EROFS', 'EACCES', 'EPERM'])

/** The calls that stay with Node-RED's own storage in `userDir`. */
interface LocalStorage {
  init(settings: object, runtime: object): Promise<void>
  getSettings(): Promise<object>
  saveSettings(settings: object): Promise<void>
  getSessions(): Promise<object>
  saveSessions(sessions: object): Promise<void>
  getLibraryEntry(type: string, path: string): Promise<unknown>
  saveLibraryEntry(type: string, path: string, meta: object, body: string): Promise<void>
}

/** What Node-RED's `settings.storageModule` expects. */
export interface FlowStorage extends LocalStorage {
  /**
   * The flows as this process runs them. For Node-RED, which loads them: a deploy is compared with what was last got here, so
   * others read with `readFlowDirectory`.
   */
  getFlows(): Promise<FlowNode[]>
  /** Writes the files that changed, and puts `flows` itself into canonical order: the revision is a hash over it. */
  saveFlows(flows: FlowNode[], user?: unknown): Promise<void>
  getCredentials(): Promise<Record<string, unknown>>
  saveCredentials(credentials: Record<string, unknown>): Promise<void>
  /** What the files say now, and what they said when they were loaded; equal texts have equal digests. */
  digests(): Promise<{ readonly disk: string; readonly loaded: string | undefined }>
}

export interface FlowStorageLogger {
  info(details: object, message: string): void
}

export interface FlowStorageOptions {
  readonly flowsDir: string
  readonly userDir: string
  /** Node-RED's `credentialSecret`. */
  readonly credentialSecret: string
  /** Roles of this process; tabs of other roles are disabled in it. */
  readonly roles: ReadonlySet<string>
  /** Node types that no deploy may bring: Node-RED would save them, find them missing and stop every flow. */
  readonly refusedTypes?: ReadonlySet<string>
  readonly logger: FlowStorageLogger
  /** Called after a deploy is in the files, with their digest. */
  readonly onSaved?: (digest: string) => void
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** What the person who pressed Deploy should read when the files could not be written. */
export function asDeployError(error: unknown, flowsDir: string): unknown {
  if (error instanceof DeployOvertaken)
    return new DeployRefused(
      'flows_changed_on_disk',
      `Nothing was deployed: ${error.message}. Choose "Restart Flows" in the Deploy menu to load it, and deploy again.`,
    )
  const code = codeOf(error)
  if (typeof code !== 'string' || !NOT_WRITABLE.has(code)) return error
  return new DeployRefused(
    'flows_read_only',
    `The flows directory ${flowsDir} is read-only here (${code}), nothing was deployed. ` +
      `Change the flows where they are kept and roll them out, or mount the directory writable.`,
  )
}

function refuseDuplicates(flows: readonly FlowNode[]): void {
  const ids = new Set<string>()
  for (const { id } of flows) {
    if (ids.has(id)) {
      throw new DeployRefused('duplicate_node_id', `Two nodes have the id ${id}. Give one of them another.`)
    }
    ids.add(id)
  }
}

function refuseTypes(flows: readonly FlowNode[], refused: ReadonlySet<string>): void {
  const found = [...new Set(flows.map(({ type }) => type))].filter((type) => refused.has(type))
  if (found.length === 0) return
  throw new DeployRefused(
    'node_type_refused',
    `${found.join(', ')}: nodes of this type are not available here, nothing was deployed.`,
  )
}

function digestOf(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  for (const [name, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(JSON.stringify([name, text]))
  return hash.digest('base64url')
}

/** Node-RED has taken credentials out by now, except for a deploy that brings an encrypted set of its own. */
function withoutCredentials(node: FlowNode): FlowNode {
  const { credentials: _, ...rest } = node
  return { ...rest, id: node.id, type: node.type }
}

function refuseIfChangedOnDisk(loaded: ReadonlyMap<string, string>, disk: ReadonlyMap<string, string>): void {
  const names = new Set([...loaded.keys(), ...disk.keys()])
  const changed = [...names].filter((name) => loaded.get(name) !== disk.get(name)).sort()
  if (changed.length === 0) return
  throw new DeployRefused(
    'flows_changed_on_disk',
    `${changed.join(', ')} changed on disk since the flows were loaded, and deploying would undo that. ` +
      `Choose "Restart Flows" in the Deploy menu to load the files, merge, and deploy again.`,
  )
}

/** Storage for Node-RED that keeps flows as one file per tab in `flowsDir` and everything else in `userDir`. */
export function createFlowStorage(options: FlowStorageOptions): FlowStorage {
  const { credentialSecret, flowsDir, userDir, roles, logger, refusedTypes = new Set<string>() } = options
  const require = createRequire(import.meta.url)
  const local: LocalStorage = require('@node-red/runtime/lib/storage/localfilesystem')
  let loadedTexts: ReadonlyMap<string, string> | undefined
  const saveCredentials = (credentials: Record<string, unknown>): Promise<void> =>
    replaceFile(userDir, CREDENTIALS_FILE, `${JSON.stringify(credentials)}\n`, OWNER_ONLY)

  return {
    init: (settings, runtime) => local.init(settings, runtime),

    async getFlows() {
      const { content, texts } = await readFlowDirectory(flowsDir)
      loadedTexts = texts
      return disableOtherRoles(toFlows(toFiles(toFlows(content), content)), roles)
    },

    async saveFlows(flows) {
      refuseDuplicates(flows)
      refuseTypes(flows, refusedTypes)
      const { content, texts: disk } = await readFlowDirectory(flowsDir)
      if (loadedTexts !== undefined) refuseIfChangedOnDisk(loadedTexts, disk)
      const storedTabs = new Map(
        toFlows(content)
          .filter(isTab)
          .map((tab) => [tab.id, tab]),
      )
      const stored = takeRolesBack(flows.map(withoutCredentials), roles, storedTabs)
      const files = toFiles(stored, content)

      const texts = textsOf(files)
      const write = new Map([...texts].filter(([name, text]) => disk.get(name) !== text))
      const remove = [...disk.keys()].filter((name) => !texts.has(name))
      const isCurrent = async (): Promise<boolean> =>
        digestOf((await readFlowDirectory(flowsDir)).texts) === digestOf(disk)
      await deployFiles(flowsDir, { write, remove }, isCurrent).catch((error: unknown) => {
        throw asDeployError(error, flowsDir)
      })
      loadedTexts = texts
      logger.info({ written: [...write.keys()], removed: remove }, 'flows deployed')
      flows.splice(0, flows.length, ...disableOtherRoles(toFlows(files), roles))
      options.onSaved?.(digestOf(texts))
    },

    // Node-RED keeps what was not encrypted as it is until a credential changes, so it gets nothing that is not.
    async getCredentials() {
      const path = join(userDir, CREDENTIALS_FILE)
      try {
        const stored = parseCredentials(path, await readFile(path, 'utf8'))
        if (isEncrypted(stored)) return stored
        const encrypted = encryptCredentials(stored, credentialSecret)
        await saveCredentials(encrypted)
        return encrypted
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return encryptCredentials({}, credentialSecret)
        throw error
      }
    },

    saveCredentials,

    async digests() {
      const { texts } = await readFlowDirectory(flowsDir)
      return { disk: digestOf(texts), loaded: loadedTexts && digestOf(loadedTexts) }
    },

    getSettings: () => local.getSettings(),
    saveSettings: (settings) => local.saveSettings(settings),
    getSessions: () => local.getSessions(),
    saveSessions: (sessions) => local.saveSessions(sessions),
    getLibraryEntry: (type, path) => local.getLibraryEntry(type, path),
    saveLibraryEntry: (type, path, meta, body) => local.saveLibraryEntry(type, path, meta, body),
  }
}
