import { describeSeriesContract } from '../../nodes/platform/series/series.contract.ts'
import { openForTest } from './sqlite.fixture.ts'

describeSeriesContract('SQLite', openForTest, { openForMany: () => openForTest({ tailRows: 4096 }) })
