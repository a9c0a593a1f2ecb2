import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { Ingest } from './ingest.ts'
import type { Publisher } from './ingest.ts'

let seen: string[] = []
let room = true
let drain: (() => void) | undefined

const log = {
  append(batch: Uint8Array): number {
    seen.push(`log ${batch.length}`)
    return 7
  },
}

function storeOf(): { readonly hasRoom: boolean; onRoom: () => void; take(seq: number): void } {
  return {
    get hasRoom() {
      return room
    },
    onRoom: () => undefined,
    take: (seq) => void seen.push(`take ${seq}`),
  }
}

function publisher(name: string, writable = true): Publisher {
  return {
    closed: false,
    conn: {
      write(bytes) {
        seen.push(`${name} ${[...bytes].join(' ')}`)
        return writable
      },
      once: (_event, listener) => (drain = listener),
    },
  }
}

function accept(ingest: Ingest, client: Publisher, messageId: number, relay = false): void {
  ingest.accept(1, Buffer.from('{}'), {
    client,
    relay,
    packet: { cmd: 'publish', qos: 1, dup: false, retain: false, topic: 't', payload: '{}', messageId },
    done: () => void seen.push(`done ${messageId}`),
  })
}

beforeEach(() => {
  seen = []
  room = true
  drain = undefined
})

describe('ingesting a turn', () => {
  it('logs what came together as one, acknowledges each connection in one write, and only then decodes', async () => {
    const ingest = new Ingest(log, storeOf())
    const [a, b] = [publisher('a'), publisher('b')]
    accept(ingest, a, 1)
    accept(ingest, a, 258)
    accept(ingest, b, 3)
    await turn()
    expect(seen).toEqual([
      'log 30',
      'a 64 2 0 1 64 2 1 2',
      'done 1',
      'done 258',
      'b 64 2 0 3',
      'done 3',
      'take 7',
    ])
  })

  it('neither logs nor acknowledges while the store has no room, and goes on when there is', async () => {
    const store = storeOf()
    const ingest = new Ingest(log, store)
    room = false
    accept(ingest, publisher('a'), 1)
    await turn()
    expect(seen).toEqual([])
    room = true
    store.onRoom()
    expect(seen).toEqual(['log 10', 'a 64 2 0 1', 'done 1', 'take 7'])
  })

  it('reads no more from a connection that does not take its acknowledgments', async () => {
    const ingest = new Ingest(log, storeOf())
    accept(ingest, publisher('slow', false), 1)
    await turn()
    expect(seen).not.toContain('done 1')
    drain?.()
    expect(seen).toContain('done 1')
  })

  it('leaves the acknowledgment to the broker when the message has to be handed on', async () => {
    const ingest = new Ingest(log, storeOf())
    accept(ingest, publisher('a'), 1, true)
    await turn()
    expect(seen).toEqual(['log 10', 'done 1', 'take 7'])
  })
})
