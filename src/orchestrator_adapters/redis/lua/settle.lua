-- Notes that the details of runs that hold no slot are gone: a JSON array of [campaign id, entry as rebuild.lua told it].
-- An end is remembered on as 'settled'; of a run whose end nobody has told, nothing is. Entries that were written since
-- stay as they are. Returns how many were settled.

local runs = KEYS[1]
local entries = ARGV[1]

local instant, settled = now(), 0
for _, told in ipairs(cjson.decode(entries)) do
    local id, text = told[1], told[2]
    if ours('HGET', runs, id) == text then
        local _, state, at = entry(text)
        if state == 'ended' and instant - at <= REMEMBERED_MILLISECONDS then
            redis.call('HSET', runs, id, (string.gsub(text, 'ended', 'settled')))
        else
            redis.call('HDEL', runs, id)
        end
        settled = settled + 1
    end
end
return settled
