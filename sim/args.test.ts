import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './args.ts'

const TOKEN = ['--token', 'T']

function parse(line: string, env: Record<string, string> = {}) {
  return parseCommandLine(line.split(' ').filter(Boolean), env)
}

function mistakesOf(line: string, env: Record<string, string> = {}): readonly string[] {
  const result = parse(line, env)
  return result.kind === 'mistakes' ? result.mistakes : []
}

function signInOf(line: string, env: Record<string, string>) {
  const result = parse(`--class sleep-pod ${line}`, env)
  return result.kind === 'run' && result.options.source.kind === 'register'
    ? result.options.source.signIn
    : undefined
}

describe('the command line', () => {
  it('needs no more than a class and how to sign in', () => {
    expect(parse('--class air-purifier --token T')).toEqual({
      kind: 'run',
      options: {
        source: {
          kind: 'register',
          classes: [{ classKey: 'air-purifier', count: 1 }],
          url: 'http://127.0.0.1:1880',
          signIn: { kind: 'token', token: 'T' },
          organization: 'Simulated fleet',
          prefix: 'sim',
        },
        mqttUrl: 'mqtt://127.0.0.1:1883',
        intervalMs: undefined,
        durationMs: undefined,
        seed: '1',
        faults: {},
      },
    })
  })

  it('reads every option', () => {
    const line =
      '--class air-purifier --devices 10 --interval 2s --duration 1.5m --seed 7 --fault lost-acks=0.1 --fault offline=1 ' +
      '--url https://iot.example --mqtt mqtts://iot.example:8883 --email a@b.c --password=-pw --org Acme --prefix p1'
    expect(parse(line)).toEqual({
      kind: 'run',
      options: {
        source: {
          kind: 'register',
          classes: [{ classKey: 'air-purifier', count: 10 }],
          url: 'https://iot.example',
          signIn: { kind: 'password', email: 'a@b.c', password: '-pw' },
          organization: 'Acme',
          prefix: 'p1',
        },
        mqttUrl: 'mqtts://iot.example:8883',
        intervalMs: 2_000,
        durationMs: 90_000,
        seed: '7',
        faults: { 'lost-acks': 0.1, offline: 1 },
      },
    })
  })

  it('runs several classes in one process, those without a count with --devices', () => {
    const result = parse(`--class port-monitor=2,sleep-pod --class air-purifier=3 --devices 4 --token T`)
    expect(result).toMatchObject({
      options: {
        source: {
          classes: [
            { classKey: 'port-monitor', count: 2 },
            { classKey: 'sleep-pod', count: 4 },
            { classKey: 'air-purifier', count: 3 },
          ],
        },
      },
    })
  })

  it('prefers what is typed to the environment, and a token to a password', () => {
    const env = { FLEETLOOM_TOKEN: 'E', ADMIN_EMAIL: 'env@x', ADMIN_PASSWORD: 'secret' }
    expect(signInOf('', env)).toEqual({ kind: 'token', token: 'E' })
    expect(signInOf('--token T', env)).toEqual({ kind: 'token', token: 'T' })
    expect(signInOf('--password P', env)).toEqual({ kind: 'password', email: 'env@x', password: 'P' })
    expect(signInOf('', { ADMIN_PASSWORD: 'secret' })).toEqual({
      kind: 'password',
      email: 'admin@fleetloom.local',
      password: 'secret',
    })
  })

  it('takes a file of credentials in place of registering', () => {
    expect(parse('--credentials fleet.jsonl')).toMatchObject({
      kind: 'run',
      options: { source: { kind: 'file', path: 'fleet.jsonl' } },
    })
    expect(mistakesOf('--credentials fleet.jsonl --class sleep-pod')).toEqual([
      expect.stringContaining('leave out --class'),
    ])
  })

  it('shows help when asked, whatever else is there', () => {
    expect(parse('--nonsense --help')).toEqual({ kind: 'help' })
    expect(parse('-h')).toEqual({ kind: 'help' })
  })

  it('tells every mistake at once', () => {
    const line =
      '--class toaster --devices none --interval 5 --fault x=1 --mqtt http://a --nope --prefix a/b stray --seed'
    const mistakes = mistakesOf(line)
    for (const named of [
      '--class toaster',
      '--devices none',
      '--interval 5',
      '--fault x=1',
      '--mqtt http://a',
      '--nope',
      '--prefix a/b',
      'stray',
      '--seed: a value is missing',
      'how to sign in is missing',
    ]) {
      expect(mistakes).toContainEqual(expect.stringContaining(named))
    }
    expect(mistakes).toHaveLength(10)
  })

  it.each(['0s', '-5s', '5', '1d', 'soon', '99999h'])('refuses an interval of %s', (interval) => {
    const result = parseCommandLine(['--class', 'sleep-pod', ...TOKEN, `--interval=${interval}`], {})
    expect(result).toMatchObject({
      kind: 'mistakes',
      mistakes: [expect.stringContaining(`--interval ${interval}`)],
    })
  })

  it.each(['sleep-pod=0', 'sleep-pod=x', 'sleep-pod,sleep-pod'])('refuses --class %s', (entry) => {
    expect(mistakesOf(`--class ${entry} --token T`)).toHaveLength(1)
  })
})
