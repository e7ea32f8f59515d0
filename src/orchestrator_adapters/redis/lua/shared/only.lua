-- Removes what is under ``key`` if it has another type than the ledger writes there.
local function only(key, wanted)
    local found = redis.call('TYPE', key)['ok']
    if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
end
