-- Looks at two entries of ``runs``, and forgets those whose run has ended long ago. Called for each entry that comes,
-- it takes more away than come while most are old, and no call takes long.
local function forget_some(runs)
    local some = redis.call('HRANDFIELD', runs, 2, 'WITHVALUES')
    for i = 1, #some, 2 do
        local _, state, at = entry(some[i + 1])
        if state and state ~= 'held' and now() - at > REMEMBERED_MILLISECONDS then redis.call('HDEL', runs, some[i]) end
    end
end
