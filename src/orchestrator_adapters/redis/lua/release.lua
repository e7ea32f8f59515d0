-- Shows that a run holds no slot any more. KEYS: the pool's set, its runs hash, and where one node holds all keys the
-- details. ARGV: campaign id, run number.
-- Returns {1 if it was taken in, else 0; how many hold a slot}.

local REMEMBERED_MILLISECONDS = 3600000

local function typed(key, wanted)
    local found = redis.call('TYPE', key)['ok']
    if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
end
typed(KEYS[1], 'set')
typed(KEYS[2], 'hash')

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local seen = redis.call('HGET', KEYS[2], ARGV[1])
local number = tonumber((string.match(seen or '', '^(%d+) %a+ %d+$')))
if number and number > tonumber(ARGV[2]) then
    return {0, redis.call('SCARD', KEYS[1])}
end

redis.call('SREM', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ended ' .. string.format('%d', now))
if KEYS[3] then redis.call('DEL', KEYS[3]) end

-- Ended runs are forgotten little by little, so that no call takes long.
local some = redis.call('HRANDFIELD', KEYS[2], 2, 'WITHVALUES')
for i = 1, #some, 2 do
    local at = tonumber((string.match(some[i + 1], '^%d+ ended (%d+)$')))
    if at and now - at > REMEMBERED_MILLISECONDS then redis.call('HDEL', KEYS[2], some[i]) end
end
return {1, redis.call('SCARD', KEYS[1])}
