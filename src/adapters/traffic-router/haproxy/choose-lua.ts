// The choice of a release, as HAProxy makes it: the same order, the same hash and the same arithmetic as ours, over the
// record that `plan-record.ts` writes. A record is read once and kept until another takes its place.

export const CHOOSE_LUA = `
local folder = os.getenv('SLUICE_MAPS')
local plans = Map.new(folder .. '/plans.map', Map._str)
local rules = Map.new(folder .. '/rules.map', Map._str)
-- Nothing is looked up here; a map that nobody names cannot be written to.
Map.new(folder .. '/slots.map', Map._str)
local known = {}

local function split(text, sign)
  local parts = {}
  for part in (text .. sign):gmatch('(.-)%' .. sign) do parts[#parts + 1] = part end
  return parts
end

local function decoded(text)
  return (text:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

-- EDGE:SLOT:RELEASE:COUNTED, in the order of the split.
local function readArms(text)
  local arms = {}
  if text == '' then return arms end
  for _, each in ipairs(split(text, ',')) do
    local part = split(each, ':')
    arms[#arms + 1] = { edge = tonumber(part[1]), slot = part[2], release = part[3], counted = part[4] }
  end
  return arms
end

local function readKey(text)
  if text == '' then return nil end
  local part = split(text, ':')
  return { from = part[1], name = decoded(part[2]) }
end

-- EXPIRES~PERCENT~SALT~ARMS~CONDITION&CONDITION, a condition being FROM:NAME:OP:VALUE,VALUE.
local function readRule(text)
  local part = split(text, '~')
  local rule = { percent = tonumber(part[2]), salt = decoded(part[3]), arms = readArms(part[4]), when = {} }
  if part[1] ~= '' then rule.expires = tonumber(part[1]) end
  if part[5] ~= '' then
    for _, each in ipairs(split(part[5], '&')) do
      local word = split(each, ':')
      local condition = { from = word[1], name = decoded(word[2]), op = word[3], values = {} }
      for _, value in ipairs(split(word[4], ',')) do condition.values[#condition.values + 1] = decoded(value) end
      rule.when[#rule.when + 1] = condition
    end
  end
  return rule
end

-- GENERATION|SALT|USER|CUSTOMER|ARMS|RELEASES|HOW MANY PIECES OF RULES|MAINTENANCE
local function readPlan(place, text)
  local part = split(text, '|')
  local plan = { text = text, salt = decoded(part[2]), user = readKey(part[3]), customer = readKey(part[4]) }
  plan.arms = readArms(part[5])
  if part[8] ~= '' then plan.maintenance = decoded(part[8]) end
  plan.releases = {}
  for _, arm in ipairs(readArms(part[6])) do plan.releases[arm.release] = arm end
  plan.rules = {}
  local all = ''
  for at = 1, tonumber(part[7]) do all = all .. (rules:lookup(place .. '@' .. part[1] .. '/' .. at) or '') end
  if all ~= '' then
    for _, each in ipairs(split(all, '!')) do plan.rules[#plan.rules + 1] = readRule(each) end
  end
  return plan
end

local function point(txn, salt, subject)
  return txn.c:xxh32(salt .. ':' .. subject, 0) % 10000 * 100 / 10000
end

local function armAt(arms, at)
  for _, arm in ipairs(arms) do
    if at < arm.edge then return arm end
  end
  return arms[#arms]
end

local function keyed(txn, key)
  if key == nil then return nil end
  local value
  if key.from == 'cookie' then value = txn.f:req_cook(key.name) else value = txn.f:req_fhdr(key.name, 1) end
  if value == '' then return nil end
  return value
end

local function valueOf(txn, plan, condition)
  local from = condition.from
  if from == 'header' then return txn.f:req_fhdr(condition.name, 1) end
  if from == 'cookie' then return keyed(txn, condition) end
  if from == 'query' then
    local value = txn.f:url_param(condition.name)
    return value and txn.c:url_dec(value, 1)
  end
  if from == 'host' then return txn:get_var('txn.host') end
  if from == 'path' then return txn.f:path() end
  if from == 'user' then return keyed(txn, plan.user) end
  if from == 'customer' then return keyed(txn, plan.customer or plan.user) end
  return nil
end

local function holds(txn, plan, condition)
  local value = valueOf(txn, plan, condition)
  if value == nil then return false end
  if condition.op == 'present' then return true end
  for _, wanted in ipairs(condition.values) do
    if condition.op == 'prefix' then
      if value:sub(1, #wanted) == wanted then return true end
    elseif value == wanted then return true end
  end
  return false
end

local function fits(txn, plan, rule, subject, nowMs)
  if rule.expires ~= nil and rule.expires <= nowMs then return false end
  for _, condition in ipairs(rule.when) do
    if not holds(txn, plan, condition) then return false end
  end
  return rule.percent >= 100 or (rule.percent > 0 and point(txn, plan.salt .. '/' .. rule.salt, subject) < rule.percent)
end

local function subjectOf(txn, plan)
  local named = keyed(txn, plan.user)
  if named ~= nil then return named end
  local kept = txn.f:req_cook('sluice_user')
  if kept ~= nil and #kept == 32 and not kept:find('[^0-9a-f]') then return kept end
  local fresh = txn.f:uuid(4):gsub('-', '')
  txn:set_var('txn.newuser', fresh)
  return fresh
end

local function take(txn, arm)
  txn:set_var('txn.slot', arm.slot)
  txn:set_var('txn.release', arm.release)
  if arm.counted ~= '' then txn:set_var('txn.counted', arm.counted) end
end

core.register_action('sluice-choose', { 'http-req' }, function(txn)
  local place, release = txn:get_var('txn.place'):match('^([^#]*)#?(.*)$')
  local text = plans:lookup(place)
  if text == nil then return end
  local plan = known[place]
  if plan == nil or plan.text ~= text then
    plan = readPlan(place, text)
    known[place] = plan
  end
  if release ~= '' then
    local arm = plan.releases[release]
    if arm ~= nil then take(txn, arm) end
    return
  end
  if plan.maintenance ~= nil then
    txn:set_var('txn.maintenance', plan.maintenance)
    return
  end
  local subject = subjectOf(txn, plan)
  local arms = plan.arms
  if #plan.rules > 0 then
    local now = core.now()
    local nowMs = now.sec * 1000 + now.usec / 1000
    for _, rule in ipairs(plan.rules) do
      if fits(txn, plan, rule, subject, nowMs) then
        arms = rule.arms
        break
      end
    end
  end
  local arm = armAt(arms, point(txn, plan.salt, subject))
  if arm ~= nil then take(txn, arm) end
end)
`
