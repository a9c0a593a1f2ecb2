// Runs on whatever Node the host has (20 or newer) before anything is installed: plain JavaScript, no imports from npm.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const marker = 'node_modules/.package-lock.json'
const isFresh = existsSync(marker) && statSync(marker).mtimeMs >= statSync('package-lock.json').mtimeMs

if (!isFresh) {
  process.stdout.write('Installing packages (once, about a minute) …\n')
  // Not `npm ci`: it refuses the whole lock file when a registry lacks one platform's optional binary. What is in the
  // lock file is installed as it stands there, and the file is left alone.
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  )
  if (status !== 0) process.exit(status ?? 1)
}
