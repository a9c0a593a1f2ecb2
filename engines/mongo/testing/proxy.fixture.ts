import { FaultyProxy } from '../../../nodes/platform/testing/faulty-proxy.fixture.ts'
import type { MongoServer } from './server.fixture.ts'

export const openProxyTo = ({ url }: MongoServer): Promise<FaultyProxy> =>
  FaultyProxy.open(Number(new URL(url).port))

/** Direct, or the driver would find out where the server is and go there. */
export const urlThrough = (proxy: FaultyProxy, database: string): string =>
  `mongodb://127.0.0.1:${proxy.port}/${database}?directConnection=true`
