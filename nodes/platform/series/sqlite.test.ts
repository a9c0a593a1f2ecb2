import { describeSeriesContract } from './series.contract.ts'
import { openForTest } from './sqlite.fixture.ts'

describeSeriesContract('SQLite', openForTest, { openForMany: () => openForTest({ tailRows: 4096 }) })
