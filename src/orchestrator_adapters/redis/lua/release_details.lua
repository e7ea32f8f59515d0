-- Removes the details of a run that has ended, and of any older one, and remembers its end for a while.
-- Returns 1 if there were any, else 0.

local details, ended = KEYS[1], KEYS[2]
local run_number = ARGV[1]

local wanted = tonumber(run_number)
-- The details first: a server without memory still removes them, and what it refuses is only to remember.
local removed = 0
local content = ours('GET', details)
if content then
    -- Almost always they are the run's own, as the ledger wrote them, which is found without reading all of the JSON.
    local is_own = string.find(content, '"runNumber": ' .. run_number .. ', ', 1, true)
    local shown = not is_own and run_shown(content)
    if not (shown and shown > wanted) then removed = redis.call('DEL', details) end
end
local last_ended = entry(ours('GET', ended))
if not last_ended or last_ended < wanted then
    local value = run_number .. string.format(' ended %d', now())
    redis.call('SET', ended, value, 'PX', REMEMBERED_MILLISECONDS)
end
return removed
