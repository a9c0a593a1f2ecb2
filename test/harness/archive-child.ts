/** `node archive-child.ts DATA_DIR STEP TIMES`: archives, and dies by SIGKILL when it comes to the step so many times. */
import path from 'node:path'
import { openFileArchive } from '../../engines/archive/file.ts'
import { openArchiving } from './archive-day.ts'

const [dataDir = '', fatal = '', times = '1'] = process.argv.slice(2)
let seen = 0
const archiving = await openArchiving(
  dataDir,
  await openFileArchive(path.join(dataDir, 'archive')),
  (step) => {
    if (step === fatal && (seen += 1) === Number(times)) process.kill(process.pid, 'SIGKILL')
  },
)
await archiving.run()
await archiving.close()
