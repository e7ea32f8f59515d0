-- What the ledger's scripts share; it is put before each of them.

local REMEMBERED_MILLISECONDS = 3600000
local MOST_DIGITS = 15 -- beyond, a Lua number is not exact

-- What ``command`` answers. If ``key`` has another type than the ledger writes there, it is removed first: found by the
-- refusal, because asking for the type would cost every call what almost none needs.
local function ours(command, key, ...)
    local answer = redis.pcall(command, key, ...)
    if type(answer) ~= 'table' or not answer.err then return answer end
    if string.sub(answer.err, 1, 9) == 'WRONGTYPE' then redis.call('DEL', key) end
    return redis.call(command, key, ...) -- any other refusal is raised by this
end

-- Removes what is under ``key`` if it has another type than the ledger writes there.
local function only(key, wanted)
    local found = redis.call('TYPE', key)['ok']
    if found ~= 'none' and found ~= wanted then redis.call('DEL', key) end
end

-- Run number, state and milliseconds of "NUMBER STATE MILLISECONDS"; nothing of a text that the ledger never wrote.
local function entry(text)
    local number, state, at = string.match(text or '', '^(%d+) (%a+) (%d+)$')
    if not number or #number > MOST_DIGITS or #at > MOST_DIGITS then return nil end
    if state ~= 'held' and state ~= 'ended' then return nil end
    return tonumber(number), state, tonumber(at)
end

-- Run number and start in a campaign's details; nothing of a text that the ledger never wrote.
local function run_shown(text)
    local is_json, content = pcall(cjson.decode, text or '')
    if not is_json or type(content) ~= 'table' then return nil end
    local number, started_at = content['runNumber'], content['startedAt']
    if type(number) ~= 'number' or type(started_at) ~= 'string' then return nil end
    if not (number >= 0 and number < 10 ^ MOST_DIGITS) then return nil end
    return number, started_at
end

local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
