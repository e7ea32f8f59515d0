-- Makes a pool's set and hash equal to the holders that the repository saw: a JSON array of [campaign id, run number,
-- since when], the numbers as text. An entry from after ``known_before`` is newer than that picture and stays; one
-- from after ``believed_until`` is nobody's truth (both in milliseconds). The entry of a run that holds no slot any more
-- stays until settle.lua is told that the run's details are gone: whoever asks may not come to remove them.
-- Returns {ids added, ids removed, campaign id and entry of each run whose details may be left}.

local active, runs = KEYS[1], KEYS[2]
local holders, known_before, believed_until = ARGV[1], ARGV[2], ARGV[3]

only(active, 'set')
only(runs, 'hash')

local before = {}
for _, id in ipairs(redis.call('SMEMBERS', active)) do before[id] = true end

local instant = now()
local newer, left, wanted = {}, {}, {}
local entries = redis.call('HGETALL', runs)
for i = 1, #entries, 2 do
    local id = entries[i]
    local number, state, at = entry(entries[i + 1])
    if number and at > tonumber(known_before) and at <= tonumber(believed_until) then
        newer[id] = {number = number, state = state}
        if state == 'held' then wanted[id] = true end
    else
        local is_end = number and state ~= 'held' and at <= instant
        local is_left = state == 'held' or (state == 'ended' and is_end)
        if is_left then left[id] = entries[i + 1] end
        -- What is not ASCII may not come back as it went, and could never be settled; no campaign has such an id.
        local can_be_settled = is_left and not string.find(id, '[\128-\255]')
        local is_remembered = is_end and instant - at <= REMEMBERED_MILLISECONDS
        if not can_be_settled and not is_remembered then redis.call('HDEL', runs, id) end
    end
end

for _, holder in ipairs(cjson.decode(holders)) do
    local id, number = holder[1], tonumber(holder[2])
    local seen = newer[id]
    if not seen or seen.number < number or (seen.number == number and seen.state == 'held') then
        wanted[id] = true
        redis.call('HSET', runs, id, holder[2] .. ' held ' .. holder[3])
    end
end

local added, removed, unsettled = {}, {}, {}
for id in pairs(wanted) do
    if not before[id] then
        added[#added + 1] = id
        redis.call('SADD', active, id)
    end
end
for id in pairs(before) do
    if not wanted[id] then
        removed[#removed + 1] = id
        redis.call('SREM', active, id)
    end
end
for id, text in pairs(left) do
    if not wanted[id] then
        unsettled[#unsettled + 1] = id
        unsettled[#unsettled + 1] = text
    end
end
table.sort(added)
table.sort(removed)
return {added, removed, unsettled}
