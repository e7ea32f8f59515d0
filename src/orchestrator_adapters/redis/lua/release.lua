-- Shows that a run holds no slot any more, and remembers for a while that it has ended. Returns how many hold one.

local active, runs = KEYS[1], KEYS[2]
local campaign_id, run_number = ARGV[1], ARGV[2]

local number = entry(ours('HGET', runs, campaign_id))
local instant = now()
if not number or number <= tonumber(run_number) then
    ours('SREM', active, campaign_id)
    redis.call('HSET', runs, campaign_id, run_number .. string.format(' ended %d', instant))
end

-- Ended runs are forgotten little by little, so that no call takes long.
local some = redis.call('HRANDFIELD', runs, 2, 'WITHVALUES')
for i = 1, #some, 2 do
    local _, state, at = entry(some[i + 1])
    if state == 'ended' and instant - at > REMEMBERED_MILLISECONDS then redis.call('HDEL', runs, some[i]) end
end
return ours('SCARD', active)
