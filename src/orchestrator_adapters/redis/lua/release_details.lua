-- Removes the details of a run that has ended, and of any older one, and remembers its end for a while.
-- Returns 1 if there were any, else 0.

local details, ended = KEYS[1], KEYS[2]
local run_number = ARGV[1]

local wanted = tonumber(run_number)
local last_ended = entry(ours('GET', ended))
if not last_ended or last_ended < wanted then
    local value = run_number .. string.format(' ended %d', now())
    redis.call('SET', ended, value, 'PX', REMEMBERED_MILLISECONDS)
end
local content = ours('GET', details)
if not content then return 0 end
-- Almost always they are the run's own, as the ledger wrote them, which is found without reading all of the JSON.
if not string.find(content, '"runNumber": ' .. run_number .. ', ', 1, true) then
    local shown = run_shown(content)
    if shown and shown > wanted then return 0 end
end
return redis.call('DEL', details)
