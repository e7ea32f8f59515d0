-- What ``command`` answers. If ``key`` has another type than the ledger writes there, it is removed first: found by the
-- refusal, because asking for the type would cost every call what almost none needs.
local function ours(command, key, ...)
    local answer = redis.pcall(command, key, ...)
    if type(answer) ~= 'table' or not answer.err then return answer end
    if string.sub(answer.err, 1, 9) == 'WRONGTYPE' then redis.call('DEL', key) end
    return redis.call(command, key, ...) -- any other refusal is raised by this
end
