-- A row for each key that a reference table holds more than once.
select 'ref_holidays' as seed, calendar as key_1, cast(day as varchar) as key_2
from {{ ref('ref_holidays') }}
group by calendar, day
having count(*) > 1
union all
select 'ref_calendars', calendar, ''
from {{ ref('ref_calendars') }}
group by calendar
having count(*) > 1
union all
select 'ref_corporate_actions', instrument, cast(ex_date as varchar) || ' ' || action
from {{ ref('ref_corporate_actions') }}
group by instrument, ex_date, action
having count(*) > 1
union all
select 'ref_action_coverage', instrument, ''
from {{ ref('ref_action_coverage') }}
group by instrument
having count(*) > 1
union all
select 'ref_conditions', condition_set, condition
from {{ ref('ref_conditions') }}
group by condition_set, condition
having count(*) > 1
