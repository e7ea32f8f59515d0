-- Shows that a campaign holds a slot. KEYS: the pool's set, its runs hash, and where one node holds all keys the
-- details. ARGV: campaign id, run number, since when (milliseconds), the details (JSON).
-- Returns {1 if it was taken in, else 0; how many hold a slot}.

local function typed(key, wanted)
    local found = redis.call('TYPE', key)['ok']
    if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
end
typed(KEYS[1], 'set')
typed(KEYS[2], 'hash')

-- A late write of a stale process: a newer run has been seen, or this very run has ended (F44).
local seen = redis.call('HGET', KEYS[2], ARGV[1])
local number, state = string.match(seen or '', '^(%d+) (%a+) (%d+)$')
number = tonumber(number)
local wanted = tonumber(ARGV[2])
if number and (number > wanted or (number == wanted and state == 'ended')) then
    return {0, redis.call('SCARD', KEYS[1])}
end

redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' held ' .. ARGV[3])
redis.call('SADD', KEYS[1], ARGV[1])
if KEYS[3] then redis.call('SET', KEYS[3], ARGV[4]) end
return {1, redis.call('SCARD', KEYS[1])}
