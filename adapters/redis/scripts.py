"""What Valkey does in one atomic step, as Lua. Each script's keys share a hash tag, so that they also run on a cluster.

Times come from the server's own clock, in microseconds (below 2^53, so exact in Lua). Every key written here expires.
A counter script first compares the mark: if it is not the one we know, the store has forgotten, and nothing is done.
"""

TAKE_CODE = """
local value = redis.call('GET', KEYS[1])
if not value then return {'none'} end
local kind, grant = string.match(value, '^(%a+) ([^\\n]*)\\n')
if kind == 'spent' then return {'spent', grant} end
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], 'spent ' .. grant .. '\\n', 'PX', left + tonumber(ARGV[1]))
return {'code', string.sub(value, #kind + #grant + 3)}
"""
"""KEYS: code. ARGV: ms that the tombstone outlives the code."""

OPEN_INTERACTION = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ms)
local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return oldest[2] - ms end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], ms + ARGV[2], KEYS[1])
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[2], math.max(last[2], ms + ARGV[2]))
return 0
"""
"""KEYS: interaction, its network's. ARGV: value, life in ms, most. Answers 0, or ms until one is over."""

SAVE_INTERACTION = """
local value = redis.call('GET', KEYS[1])
if not value then return 'gone' end
if string.match(value, '^(%d+)\\n') ~= ARGV[1] then return 'moved' end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 'saved'
"""
"""KEYS: interaction. ARGV: the version it must have, the new value."""

CLOSE_INTERACTION = """
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local network = string.match(value, '^%d+\\n([^\\n]*)\\n')
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[1] .. network, KEYS[1])
return 1
"""
"""KEYS: interaction. ARGV: the beginning of the network's key, in the same slot."""

COUNT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {-1} end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local tats, found, room = {}, {}, true
for i = 2, #KEYS do
  local at = 3 + (i - 2) * 3
  local burst, every, full_at = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local kept = redis.call('GET', KEYS[i])
  local tat = tonumber(kept or '0')
  if full_at > 0 then tat = math.max(tat, full_at + burst * every) end
  tat = math.max(now, tat)
  tats[i] = tat
  local wait = tat - now - (burst - 1) * every
  if wait > 0 then room = false end
  found[i] = wait
end
local take = ARGV[2] == 'take' and room
local answer = {}
for i = 2, #KEYS do
  local every = tonumber(ARGV[3 + (i - 2) * 3 + 1])
  local tat = tats[i]
  if take then
    tat = tat + every
    redis.call('SET', KEYS[i], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
  end
  answer[#answer + 1] = math.ceil((tat - now) / every)
  answer[#answer + 1] = math.max(0, math.ceil(found[i]))
end
return answer
"""
"""GCRA over several buckets. KEYS: mark, buckets. ARGV: mark, take|peek, then for each bucket: burst, every, and the
moment at which it counts as full (0: none), all µs. Answers (used, µs to wait) for each, or -1: the mark is another."""

GIVE_BACK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local back = tonumber(ARGV[2])
for i = 2, back + 1 do
  local kept = redis.call('GET', KEYS[i])
  if kept then
    local tat = tonumber(kept) - tonumber(ARGV[i + 1])
    if tat <= now then
      redis.call('DEL', KEYS[i])
    else
      redis.call('SET', KEYS[i], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
    end
  end
end
for i = back + 2, #KEYS do redis.call('DEL', KEYS[i]) end
return 1
"""
"""KEYS: mark, buckets that get one back, keys to clear. ARGV: mark, how many get back, `every` of each in µs."""

SPEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {-1} end
local answer = {}
for i = 2, #KEYS do
  answer[i - 1] = redis.call('SET', KEYS[i], '1', 'NX', 'PX', ARGV[i]) and 1 or 0
end
return answer
"""
"""KEYS: mark, values. ARGV: mark, life of each in ms. Answers 1 for each that was not spent before."""
