import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeTempDir, removeTempDir } from './temp-dir.ts'

/** A file system of its own that can be filled up. */
export class SmallDisk {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Undefined, with the reason on standard output, where mounting is not permitted. */
  static mount(megabytes: number): SmallDisk | undefined {
    const folder = makeTempDir('disk')
    const { status, stderr } = spawnSync(
      'mount',
      ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder],
      {
        encoding: 'utf8',
      },
    )
    if (status === 0) {
      const disk = new SmallDisk(folder)
      process.once('exit', () => disk.unmount())
      return disk
    }
    process.stdout.write(`no small disk: a tmpfs cannot be mounted here (${stderr.trim()}); it needs root\n`)
    removeTempDir(folder)
    return undefined
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Leaves so much; gives the function that frees the rest again. */
  fillUp(leaveBytes: number): () => void {
    const ballast = path.join(this.folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(Math.max(0, this.freeBytes - leaveBytes)))
    return () => rmSync(ballast)
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.folder])
    removeTempDir(this.folder)
  }
}
