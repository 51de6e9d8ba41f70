{{ config(severity='warn') }}
-- A row for each exchange that symbols or sources name and ref_exchanges does not have: they have UTC
-- days until it does. And for each calendar that an exchange names and ref_holidays does not have:
-- its days of trading are all of its weekdays. And for each calendar of ref_holidays that no exchange
-- names: nobody has these days off.
select n.named_by, n.name, 'exchange ' || n.exchange || ' is not in ref_exchanges' as fault
from (
    select 'ref_symbols' as named_by, symbology || ' ' || symbol as name, exchange
    from {{ ref('ref_symbols') }}
    union all
    select 'ref_sources', source, exchange from {{ ref('ref_sources') }}
) as n
left join {{ ref('ref_exchanges') }} as e on n.exchange = e.exchange
where n.exchange is not null and e.exchange is null
union all
select distinct
    'ref_exchanges', e.exchange, 'calendar ' || e.calendar || ' is not in ref_holidays'
from {{ ref('ref_exchanges') }} as e
left join {{ ref('ref_holidays') }} as d on e.calendar = d.calendar
where e.calendar <> 'NONE' and d.calendar is null
union all
select distinct 'ref_holidays', d.calendar, 'calendar ' || d.calendar || ' is of no exchange'
from {{ ref('ref_holidays') }} as d
left join {{ ref('ref_exchanges') }} as e on d.calendar = e.calendar
where e.calendar is null
