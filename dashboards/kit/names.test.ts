import { describe, expect, test } from 'vitest'
import { formatField, formatValue, isSwitch, keyPorts, qualityName, readable, withUnit } from './names.ts'

const port = (number: number, name: string, parts: object = {}) => ({
  port: number,
  name,
  unit: '',
  scaling: 1,
  offset: 0,
  ...parts,
})

describe('names', () => {
  test.each([
    ['networkStrength', 'Network strength'],
    ['air-purifier', 'Air purifier'],
    ['co2', 'CO₂'],
    ['pm25', 'PM2.5'],
    ['Port 1', 'Port 1'],
    ['Boiler inlet', 'Boiler inlet'],
    ['--', '--'],
  ])('%s reads %s', (name, text) => {
    expect(readable(name)).toBe(text)
  })

  test('a quality nobody has heard of is shown as it is called', () => {
    expect(qualityName('out-of-range')).toBe('Out of range')
    expect(qualityName('constructor')).toBe('Constructor')
  })
})

describe('values', () => {
  const door = port(6, 'doorOpen', { min: 0, max: 1 })

  test('a port that is 0 or 1 without a unit says yes or no', () => {
    expect(isSwitch(door)).toBe(true)
    expect(formatValue(1, door)).toBe('Yes')
    expect(formatValue(0, door)).toBe('No')
    expect(formatValue(0.5, door, 1, 'en-US')).toBe('0.5')
  })

  test('a port with a unit does not', () => {
    expect(isSwitch(port(1, 'level', { min: 0, max: 1, unit: 'bar' }))).toBe(false)
  })

  test('units stand apart, percent close by', () => {
    expect(withUnit('23', '°C')).toBe('23 °C')
    expect(withUnit('47', '%')).toBe('47%')
    expect(withUnit('3', '')).toBe('3')
  })

  test.each([
    [true, 'Yes'],
    [null, '–'],
    [12.5, '12.5'],
    ['eco', 'eco'],
    [{ a: 1 }, '{"a":1}'],
  ])('the reported field %j reads %s', (value, text) => {
    expect(formatField(value, 'en-US')).toBe(text)
  })
})

test('key ports are the measured ones with a range, in their order, before numbered and yes-or-no ones', () => {
  const ports = [
    port(1, 'networkStrength', { unit: 'dBm' }),
    port(2, 'powerOn', { min: 0, max: 1 }),
    port(3, 'Port 3'),
    port(4, 'temperature', { unit: '°C', min: -40, max: 85 }),
    port(5, 'humidity', { unit: '%', min: 0, max: 100 }),
  ]
  expect(keyPorts(ports, 4).map(({ port: number }) => number)).toEqual([4, 5, 1, 3])
})
