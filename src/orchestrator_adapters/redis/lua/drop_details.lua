-- Removes the details of a run that a rebuild found without a slot, and of any older one. Nothing is remembered: the number
-- comes from the ledger itself, where anybody may have written it. Returns 1 if there were any, else 0.

local details = KEYS[1]
local run_number = ARGV[1]

only(details, 'string')

local shown = run_shown(redis.call('GET', details))
if shown and shown > tonumber(run_number) then return 0 end
return redis.call('DEL', details)
