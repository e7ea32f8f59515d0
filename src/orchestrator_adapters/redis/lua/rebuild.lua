-- Makes a pool's ledger equal to the holders that the repository saw. KEYS: the pool's set, its runs hash.
-- ARGV: as of when (milliseconds), then for each holder: campaign id, run number, since when (milliseconds).
-- Returns {ids that were added, ids that were removed}.

local MARGIN_MILLISECONDS = 5000

local function typed(key, wanted)
    local found = redis.call('TYPE', key)['ok']
    if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
end
typed(KEYS[1], 'set')
typed(KEYS[2], 'hash')

local known_before = tonumber(ARGV[1]) - MARGIN_MILLISECONDS

local before = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do before[id] = true end

-- What was written after the repository was read is newer than its picture, and stays.
local newer = {}
local entries = redis.call('HGETALL', KEYS[2])
for i = 1, #entries, 2 do
    local number, state, at = string.match(entries[i + 1], '^(%d+) (%a+) (%d+)$')
    local is_newer = at and tonumber(at) > known_before and (state == 'held' or state == 'ended')
    if is_newer then
        newer[entries[i]] = {number = tonumber(number), state = state}
    elseif state ~= 'ended' then
        redis.call('HDEL', KEYS[2], entries[i])
    end
end

local wanted = {}
for i = 2, #ARGV, 3 do
    local id, number, since = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
    local seen = newer[id]
    if not (seen and (seen.number > number or (seen.number == number and seen.state == 'ended'))) then
        wanted[id] = true
        redis.call('HSET', KEYS[2], id, ARGV[i + 1] .. ' held ' .. since)
    end
end
for id, seen in pairs(newer) do
    if seen.state == 'held' then wanted[id] = true end
end

local added, removed = {}, {}
for id in pairs(wanted) do
    if not before[id] then
        added[#added + 1] = id
        redis.call('SADD', KEYS[1], id)
    end
end
for id in pairs(before) do
    if not wanted[id] then
        removed[#removed + 1] = id
        redis.call('SREM', KEYS[1], id)
    end
end
table.sort(added)
table.sort(removed)
return {added, removed}
