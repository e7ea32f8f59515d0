-- Run number, start, and whether there is an ARN, in a campaign's details; nothing of a text that the ledger never wrote.
local function run_shown(text)
    if not text then return nil end
    local is_json, content = pcall(cjson.decode, text)
    if not is_json or type(content) ~= 'table' then return nil end
    local number, started_at = content['runNumber'], content['startedAt']
    if type(number) ~= 'number' or type(started_at) ~= 'string' then return nil end
    if not (number >= 0 and number < 10 ^ 15) then return nil end -- beyond, a Lua number is not exact
    return number, started_at, type(content['executionArn']) == 'string'
end
