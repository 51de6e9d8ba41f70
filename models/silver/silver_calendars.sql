{{ config(schema='silver', materialized='table') }}
-- The exchanges that are in use, and what their trading days follow from, as one text each: it
-- changes when a row of ref_exchanges or ref_holidays does that moves a bound of theirs.
with
used as (
    select exchange from {{ ref('ref_symbols') }}
    union
    select exchange from {{ ref('ref_sources') }}
    union
    select 'ALWAYS' as exchange
),
hours as (
    select
        e.exchange, e.calendar,
        md5_number_upper64(
            coalesce(cast(e.valid_from as varchar), '') || ' '
            || coalesce(cast(e.valid_to as varchar), '') || ' ' || e.time_zone || ' '
            || e.day_minute || ' ' || e.open_minute || ' ' || e.close_minute || ' '
            || coalesce(cast(e.break_start_minute as varchar), '') || ' '
            || coalesce(cast(e.break_end_minute as varchar), '') || ' '
            || e.weekdays || ' ' || e.calendar || ' '
            || e.auction_seconds || ' ' || e.closing_print_minutes
        ) as hash
    from {{ ref('ref_exchanges') }} as e
    inner join used as u on e.exchange = u.exchange
),
parts as (
    select exchange, hash from hours
    union all
    select
        h.exchange,
        md5_number_upper64(
            d.calendar || ' ' || cast(d.day as varchar) || ' '
            || coalesce(cast(d.open_minute as varchar), '') || ' '
            || coalesce(cast(d.close_minute as varchar), '') || ' '
            || coalesce(cast(d.break_start_minute as varchar), '') || ' '
            || coalesce(cast(d.break_end_minute as varchar), '')
        ) as hash
    from (select distinct exchange, calendar from hours) as h
    inner join {{ ref('ref_holidays') }} as d on h.calendar = d.calendar
)
select
    exchange,
    md5(
        exchange || ' ' || count(*) || ' ' || cast(sum(hash) as varchar)
    ) as calendar
from parts
group by exchange
