-- Makes a pool's set and hash equal to the holders that the repository saw: a JSON array of [campaign id, run number,
-- since when], the numbers as text. An entry from after ``known_before`` is newer than that picture and stays; one
-- from after ``believed_until`` is nobody's truth (both in milliseconds).
-- Returns {ids added, ids removed, campaign id and run number of each entry that was dropped}.

local active, runs = KEYS[1], KEYS[2]
local holders, known_before, believed_until = ARGV[1], ARGV[2], ARGV[3]

only(active, 'set')
only(runs, 'hash')

local before = {}
for _, id in ipairs(redis.call('SMEMBERS', active)) do before[id] = true end

local instant = now()
local newer, older, wanted = {}, {}, {}
local entries = redis.call('HGETALL', runs)
for i = 1, #entries, 2 do
    local id = entries[i]
    local number, state, at = entry(entries[i + 1])
    if number and at > tonumber(known_before) and at <= tonumber(believed_until) then
        newer[id] = {number = number, state = state}
        if state == 'held' then wanted[id] = true end
    else
        local is_remembered = state == 'ended' and at <= instant and instant - at <= REMEMBERED_MILLISECONDS
        if not is_remembered then redis.call('HDEL', runs, id) end
        if state == 'held' then older[id] = number end
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

local added, removed, dropped = {}, {}, {}
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
for id, number in pairs(older) do
    if not wanted[id] then
        dropped[#dropped + 1] = id
        dropped[#dropped + 1] = string.format('%d', number)
    end
end
table.sort(added)
table.sort(removed)
return {added, removed, dropped}
