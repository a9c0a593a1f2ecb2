/** A real S3 server for tests: moto's, from PyPI (`pip install 'moto[s3]' flask flask-cors`). It keeps everything in memory. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { freePort } from '../../nodes/platform/testing/free-port.fixture.ts'

const command = process.env['MOTO_SERVER'] ?? 'moto_server'

/** Why there is no S3 server to test with; undefined when there is one. */
export const missingS3Server: string | undefined =
  spawnSync(command, ['--help'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'moto_server is not on the PATH: pip install "moto[s3]" flask flask-cors'
if (missingS3Server !== undefined && process.env['CI'] !== undefined) throw new Error(missingS3Server)

export interface S3Server {
  readonly endpoint: string
  readonly port: number
  createBucket(name: string): Promise<void>
  /** Dies at once, as in a power cut: what it kept is gone. */
  kill(): Promise<void>
}

/** Also sets the credentials that the SDK takes from the environment; the server takes any. */
export async function startS3Server(): Promise<S3Server> {
  process.env['AWS_ACCESS_KEY_ID'] = 'test-key'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test-secret'
  const port = await freePort()
  const child = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  await untilListening(child, port)
  const endpoint = `http://127.0.0.1:${port}`
  return {
    endpoint,
    port,
    async createBucket(name) {
      const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
      await client.send(new CreateBucketCommand({ Bucket: name }))
      client.destroy()
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await delay(100)
  }
  throw new Error('moto_server does not listen')
}
