import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { type MongoServer, startMongoServer } from '../../engines/mongo/testing/server.fixture.ts'
import { type RedisServer, startRedis } from '../../engines/redis/server.fixture.ts'
import { TestPlatform } from './platform.ts'
import { makeTempDir, removeTempDir } from './temp-dir.ts'

/** Several processes on one Redis and one MongoDB-protocol server, with one folder of flows. */
export class TestCluster {
  readonly redis: RedisServer
  readonly mongo: MongoServer
  readonly #home = makeTempDir('cluster')
  readonly #members = new Map<string, TestPlatform>()
  readonly #database: string

  private constructor(redis: RedisServer, mongo: MongoServer) {
    this.redis = redis
    this.mongo = mongo
    this.#database = `cluster-${process.pid}`
  }

  static async open(): Promise<TestCluster> {
    const [redis, mongo] = await Promise.all([startRedis(), startMongoServer()])
    return new TestCluster(redis, mongo)
  }

  /** Starts a process with these roles. */
  async start(
    name: string,
    roles: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<TestPlatform> {
    const first = [...this.#members.values()][0]
    const member = await TestPlatform.prepare({
      environment: {
        ROLES: roles,
        REDIS_URL: this.redis.url,
        MONGO_URL: `${this.mongo.url}/${this.#database}`,
        JWT_SECRET: 'a4Jr8vQ2mZx7Lk0pWc5TnB9sYd3HgF6uEi1O',
        CREDENTIAL_SECRET: 'h7Kd2wXs9Vb4Qe6Rt1Yu8Io3Pa5Lm0NzCj',
        ...(first === undefined ? {} : { FLOWS_DIR: first.flowsDir }),
        ...environment,
      },
      dataDir: this.#dataDir(name),
    })
    this.#members.set(name, member)
    await member.start()
    return member
  }

  member(name: string): TestPlatform {
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`there is no ${name}`)
    return member
  }

  get members(): readonly TestPlatform[] {
    return [...this.#members.values()]
  }

  /** The last that each has said, for a failing test. */
  get log(): string {
    return [...this.#members].map(([name, { log }]) => `──── ${name}\n${log.slice(-4000)}`).join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.dispose()))
    await this.redis[Symbol.asyncDispose]()
    await this.mongo.close()
    removeTempDir(this.#home)
  }

  #dataDir(name: string): string {
    const folder = path.join(this.#home, name)
    mkdirSync(folder, { recursive: true })
    return folder
  }
}
