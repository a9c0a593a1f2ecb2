/**
 * What has to happen in one go on the server, in Lua. Scripts that free memory, or without which nothing could be
 * freed, run on a full server too (`allow-oom`); appends do not.
 *
 * A row is an entry of a partition's Redis stream: the part of one append that belongs there. Its id is
 * `<number of the append's first entry>-<ordinal>`; its fields are `m` (index of its first entry in the partition,
 * count, oldest and newest time, newest time so far, age for trimming, checksum; joined by spaces), `b` (the entries)
 * and, where they are not in a row, `d` (how far each one's number is from the first).
 */
import { createHash } from 'node:crypto'

export interface Script {
  readonly lua: string
  readonly sha: string
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** What one writer may still repeat after losing its connection; anything older is long lost. */
const writerKeptMs = 3_600_000

/**
 * KEYS meta, writer. ARGV prefix, channel, number of this append, count of entries, then how many partitions, then for
 * each row: partition, count, oldest, newest, age, checksum, entries, distances (may be empty).
 * Returns partition, end, partition, end, …
 */
export const appendScript = script(`#!lua
local meta, writer = KEYS[1], KEYS[2]
local prefix, channel, number, total = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('GET', writer)
local isNew = not known or tonumber(known) < number
local ends = {}
-- Written again when it is a repetition too, so that waiting for the sync covers the first time.
redis.call('SET', writer, isNew and ARGV[3] or known, 'PX', ${writerKeptMs})
local first = isNew and redis.call('HINCRBY', meta, 'last', total) - total + 1
redis.call('HSETNX', meta, 'partitions', ARGV[5])
local ordinal, lastPartition = 0, nil
for at = 6, #ARGV, 8 do
  local p, count = ARGV[at], tonumber(ARGV[at + 1])
  if p ~= lastPartition then ordinal, lastPartition = 0, p end
  local now = redis.call('HMGET', meta, 'end' .. p, 'high' .. p, 'bytes' .. p)
  local index = tonumber(now[1]) or 0
  if isNew then
    local high, newest = now[2], ARGV[at + 3]
    if not high or tonumber(newest) > tonumber(high) then high = newest end
    local id = string.format('%.0f-%d', first, ordinal)
    local m = string.format('%.0f', index) .. ' ' .. ARGV[at + 1] .. ' ' .. ARGV[at + 2] .. ' ' .. newest .. ' ' .. high
      .. ' ' .. ARGV[at + 4] .. ' ' .. ARGV[at + 5]
    if ARGV[at + 7] == '' then redis.call('XADD', prefix .. p, id, 'm', m, 'b', ARGV[at + 6])
    else redis.call('XADD', prefix .. p, id, 'm', m, 'b', ARGV[at + 6], 'd', ARGV[at + 7]) end
    index = index + count
    local bytes = (tonumber(now[3]) or 0) + #ARGV[at + 6] + #ARGV[at + 7]
    redis.call('HSET', meta, 'end' .. p, string.format('%.0f', index), 'row' .. p, id, 'high' .. p, high,
      'bytes' .. p, string.format('%.0f', bytes))
    ordinal = ordinal + 1
  end
  ends[#ends + 1] = p
  ends[#ends + 1] = string.format('%.0f', index)
end
redis.call('PUBLISH', channel, table.concat(ends, ' '))
return ends
`)

/**
 * Renews the lease of an instance, and takes what is free up to its fair share.
 * What was owned by one that is gone and did not give it back may have ended that one: up to where it ends now it is to
 * be handled with care.
 * KEYS meta, places, leases, members, groups, trials. ARGV instance, lease (ms), group, begin ("beginning", "end"), channel,
 * how many partitions.
 * Returns the fair share, {partition, token, …} that it owns, ends of all partitions, places of all partitions.
 */
export const renewScript = script(`#!lua flags=allow-oom
local meta, places, leases, members, groups = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local me, lease, group = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', members, '-inf', string.format('%.0f', now))
if redis.call('ZADD', members, string.format('%.0f', now + lease), me) == 1 then
  redis.call('PUBLISH', ARGV[5], 'members')
end
local live = redis.call('ZRANGE', members, 0, -1)
table.sort(live)
redis.call('HSETNX', meta, 'partitions', ARGV[6])
local n = tonumber(redis.call('HGET', meta, 'partitions'))
local isLive, rank = {}, 0
for at, member in ipairs(live) do
  isLive[member] = true
  if member == me then rank = at - 1 end
end
local share = math.floor(n / #live) + (rank < n % #live and 1 or 0)
local ends, where = {}, {}
local isNew = redis.call('SADD', groups, group) == 1
for p = 0, n - 1 do
  local known = redis.call('HMGET', meta, 'end' .. p, 'row' .. p, 'kept' .. p)
  ends[p + 1] = known[1] or '0'
  if isNew then
    local place = (known[3] or '0') .. ' 0-0'
    if ARGV[4] == 'end' then place = (known[1] or '0') .. ' ' .. (known[2] or '0-0') end
    redis.call('HSET', places, p, place)
  end
  where[p + 1] = redis.call('HGET', places, p) or '0 0-0'
end
local own, free = {}, {}
for p = 0, n - 1 do
  local value = redis.call('HGET', leases, p)
  local owner, token, last = string.match(value or '- 0 -', '^(%S+) (%S+) (%S+)$')
  if owner == me then
    own[#own + 1] = tostring(p)
    own[#own + 1] = token
  elseif not isLive[owner] then
    free[#free + 1] = { p, token, last, owner }
  end
end
for _, one in ipairs(free) do
  if #own / 2 >= share then break end
  local token = one[2]
  if one[3] ~= me then
    -- Never one that was given before, even when the server has lost everything in between.
    local given = math.max(now, (tonumber(redis.call('HGET', meta, 'token')) or 0) + 1)
    token = string.format('%.0f', given)
    redis.call('HSET', meta, 'token', token)
  end
  if one[4] ~= '-' then redis.call('HSET', KEYS[6], 'careful' .. one[1], ends[one[1] + 1]) end
  redis.call('HSET', leases, one[1], me .. ' ' .. token .. ' ' .. me)
  own[#own + 1] = tostring(one[1])
  own[#own + 1] = token
end
return { share, own, ends, where }
`)

/**
 * Moves places on, where the token is still the newest one, and what was processed is still there: a server that
 * crashed before it synced may have lost what was seen.
 * KEYS places, leases, meta. ARGV partition, token, place, …  Returns the partitions that have gone to somebody else.
 */
export const commitScript = script(`#!lua flags=allow-oom
local fenced = {}
for at = 1, #ARGV, 3 do
  local p, token, place = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local lease = redis.call('HGET', KEYS[2], p)
  local known = redis.call('HGET', KEYS[1], p)
  local index = tonumber(string.match(place, '^%d+'))
  if not lease or not known or string.match(lease, '^%S+ (%S+)') ~= token
    or index > (tonumber(redis.call('HGET', KEYS[3], 'end' .. p)) or 0) then
    fenced[#fenced + 1] = p
  elseif index > tonumber(string.match(known, '^%d+')) then
    redis.call('HSET', KEYS[1], p, place)
  end
end
return fenced
`)

/**
 * Gives partitions back. KEYS leases, members. ARGV instance, channel, "leaves" or "stays", then partition, token, …
 */
export const releaseScript = script(`#!lua flags=allow-oom
local me = ARGV[1]
for at = 4, #ARGV, 2 do
  local p, token = ARGV[at], ARGV[at + 1]
  if redis.call('HGET', KEYS[1], p) == me .. ' ' .. token .. ' ' .. me then
    redis.call('HSET', KEYS[1], p, '- ' .. token .. ' ' .. me)
  end
end
if ARGV[3] == 'leaves' then redis.call('ZREM', KEYS[2], me) end
redis.call('PUBLISH', ARGV[2], 'members')
return 0
`)

/**
 * Keeps what is known of partitions' trials, where the token is still the newest one.
 * KEYS leases, trials. ARGV partition, token, text (empty: nothing), …
 */
export const trialScript = script(`#!lua flags=allow-oom
for at = 1, #ARGV, 3 do
  local p, token, text = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if string.match(redis.call('HGET', KEYS[1], p) or '', '^%S+ (%S+)') == token then
    if text == '' then redis.call('HDEL', KEYS[2], p) else redis.call('HSET', KEYS[2], p, text) end
  end
end
return 0
`)

/** KEYS places, leases, members, groups, trials. ARGV group. Returns 1, 0 when there was none, -1 when it has consumers. */
export const forgetScript = script(`#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
if redis.call('ZCARD', KEYS[3]) > 0 then return -1 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[5])
return redis.call('SREM', KEYS[4], ARGV[1])
`)

/**
 * Removes old rows from the front of one partition, a bounded number.
 * KEYS meta, groups, partition. ARGV prefix, partition, before (ms), rows at most. Returns how many entries went.
 */
export const trimScript = script(`#!lua flags=allow-oom
local p, before = ARGV[2], tonumber(ARGV[3])
local upTo = nil
for _, group in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local place = redis.call('HGET', ARGV[1] .. 'places:' .. group, p)
  local index = tonumber(string.match(place or '0', '^%d+'))
  if not upTo or index < upTo then upTo = index end
end
local removed, bytes, last, kept = 0, 0, nil, nil
for _, row in ipairs(redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', ARGV[4])) do
  local fields = row[2]
  local first, count, age = string.match(fields[2], '^(%S+) (%S+) %S+ %S+ %S+ (%S+)')
  local rowEnd = tonumber(first) + tonumber(count)
  if tonumber(age) >= before or (upTo and rowEnd > upTo) then break end
  removed = removed + tonumber(count)
  bytes = bytes + #fields[4] + (fields[6] and #fields[6] or 0)
  last, kept = row[1], rowEnd
end
if not last then return 0 end
local number, ordinal = string.match(last, '^(%d+)-(%d+)$')
redis.call('XTRIM', KEYS[3], 'MINID', number .. '-' .. string.format('%.0f', tonumber(ordinal) + 1))
local left = tonumber(redis.call('HGET', KEYS[1], 'bytes' .. p)) - bytes
redis.call('HSET', KEYS[1], 'kept' .. p, string.format('%.0f', kept), 'bytes' .. p, string.format('%.0f', left))
return removed
`)

/** KEYS meta. ARGV prefix. Returns entries kept, bytes kept, oldest time or nothing. */
export const statisticsScript = script(`#!lua flags=no-writes
local n = tonumber(redis.call('HGET', KEYS[1], 'partitions')) or 0
local entries, bytes, oldest = 0, 0, nil
for p = 0, n - 1 do
  local known = redis.call('HMGET', KEYS[1], 'end' .. p, 'kept' .. p, 'bytes' .. p)
  entries = entries + (tonumber(known[1]) or 0) - (tonumber(known[2]) or 0)
  bytes = bytes + (tonumber(known[3]) or 0)
  local row = redis.call('XRANGE', ARGV[1] .. p, '-', '+', 'COUNT', 1)[1]
  if row then
    local from = string.match(row[2][2], '^%S+ %S+ (%S+)')
    if not oldest or tonumber(from) < tonumber(oldest) then oldest = from end
  end
end
return { string.format('%.0f', entries), string.format('%.0f', bytes), oldest }
`)

/** KEYS meta, places. Returns entries that the group has not durably processed. */
export const lagScript = script(`#!lua flags=no-writes
local n = tonumber(redis.call('HGET', KEYS[1], 'partitions')) or 0
local lag = 0
for p = 0, n - 1 do
  local known = redis.call('HMGET', KEYS[1], 'end' .. p, 'kept' .. p)
  local place = redis.call('HGET', KEYS[2], p) or known[2] or '0'
  lag = lag + (tonumber(known[1]) or 0) - tonumber(string.match(place, '^%d+'))
end
return lag
`)

/**
 * Where to begin reading: for each partition the row that holds the first entry with at least this number and time.
 * KEYS meta. ARGV prefix, number, time (may be empty), partition (may be empty: all).
 * Returns the stream's last number, and {partition, end, row, index of its first entry} for each with such a row.
 */
export const seekScript = script(`#!lua flags=no-writes
local prefix, number, time, only = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local n = tonumber(redis.call('HGET', KEYS[1], 'partitions')) or 0
local last = redis.call('HGET', KEYS[1], 'last') or '0'
local function upTo(p, at)
  return redis.call('XREVRANGE', prefix .. p, string.format('%.0f', at) .. '-18446744073709551615', '-', 'COUNT', 1)[1]
end
local function isLate(row)
  return row and tonumber(string.match(row[2][2], '^%S+ %S+ %S+ %S+ (%S+)')) >= time
end
local found = {}
for p = only or 0, only or n - 1 do
  local from = number
  if time then
    local low, high = tonumber(number), tonumber(last) + 1
    while low < high do
      local middle = math.floor((low + high) / 2)
      if isLate(upTo(p, middle)) then high = middle else low = middle + 1 end
    end
    from = string.format('%.0f', low)
  end
  local row = upTo(p, tonumber(from)) or redis.call('XRANGE', prefix .. p, '-', '+', 'COUNT', 1)[1]
  if row then
    local index = string.match(row[2][2], '^(%S+)')
    found[#found + 1] = { p, redis.call('HGET', KEYS[1], 'end' .. p), row[1], index }
  end
end
return { last, found }
`)
