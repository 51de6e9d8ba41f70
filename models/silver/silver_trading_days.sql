{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['exchange', 'utc_date', 'trading_day'],
    post_hook="delete from {{ this }} where calendar not in (select calendar from {{ ref('silver_calendars') }})"
) }}
-- The trading days of exchanges from 1980 to 2049, as times in UTC: one row for each date of UTC that
-- a day touches, so that a time finds the only one that holds it by its date. An exchange's rows are
-- built when its hours or holidays change.
with
changed as (
    select c.exchange, c.calendar
    from {{ ref('silver_calendars') }} as c
{% if is_incremental() %}
    where c.calendar not in (select calendar from {{ this }})
{% endif %}
),
hours as (
    -- Days before the first row of an exchange, and behind the last one, have its time zone too.
    select
        e.exchange, c.calendar as version, e.time_zone, e.calendar, e.weekdays,
        e.day_minute, e.open_minute, e.close_minute, e.break_start_minute, e.break_end_minute,
        e.auction_seconds, e.closing_print_minutes,
        coalesce(e.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(e.valid_to, cast('9999-12-31' as date)) as valid_to,
        case
            when row_number() over (partition by e.exchange order by e.valid_from nulls first) = 1
                then cast('0001-01-01' as date)
            else e.valid_from
        end as first_day,
        coalesce(
            lead(e.valid_from) over (partition by e.exchange order by e.valid_from nulls first),
            cast('9999-12-31' as date)
        ) as next_first_day,
        lead(e.time_zone) over (
            partition by e.exchange order by e.valid_from nulls first
        ) as next_time_zone,
        lead(e.day_minute) over (
            partition by e.exchange order by e.valid_from nulls first
        ) as next_day_minute
    from {{ ref('ref_exchanges') }} as e
    inner join changed as c on e.exchange = c.exchange
),
{{ numbers(4) }}
weeks as (
    -- From ten days before 1980 to two weeks behind 2049.
    select
        cast(
            dateadd('day', 7 * (n.number - 1), cast('1979-12-22' as date)) as date
        ) as week
    from numbers as n
    where n.number <= 3657
),
clocks as (
    -- How far each time zone is from UTC when a week begins there.
    select
        z.time_zone, w.week,
        datediff(
            'minute', convert_timezone(z.time_zone, 'UTC', cast(w.week as timestamp)),
            cast(w.week as timestamp)
        ) as ahead
    from (select distinct time_zone from hours) as z
    cross join weeks as w
),
steady as (
    -- Where the clocks do not change near a week, no time of it needs to be converted.
    select
        time_zone, week,
        case
            when ahead = lag(ahead) over (partition by time_zone order by week)
                and ahead = lead(ahead) over (partition by time_zone order by week)
                and ahead = lead(ahead, 2) over (partition by time_zone order by week)
                then ahead
        end as ahead
    from clocks
),
zones as (
    select s.time_zone, s.ahead, cast(dateadd('day', n.d, s.week) as date) as day
    from steady as s
    cross join (values (0), (1), (2), (3), (4), (5), (6)) as n (d)
),
opened as (
    select
        h.exchange, h.version, h.time_zone, z.ahead, z.day as trading_day, h.day_minute,
        -- Of the last day with these hours: where and when the next one begins.
        case
            when dateadd('day', 1, z.day) >= h.next_first_day then h.next_time_zone
        end as next_time_zone,
        h.next_day_minute,
        z.day >= h.valid_from and z.day < h.valid_to and (
            d.close_minute is not null or (d.day is null and dayofweekiso(z.day) <= h.weekdays)
        ) as is_open,
        coalesce(d.open_minute, h.open_minute) as open_minute,
        coalesce(d.close_minute, h.close_minute) as close_minute,
        coalesce(d.break_start_minute, h.break_start_minute) as break_start_minute,
        coalesce(d.break_end_minute, h.break_end_minute) as break_end_minute,
        h.auction_seconds, h.closing_print_minutes
    from hours as h
    inner join zones as z
        on h.time_zone = z.time_zone and z.day >= h.first_day and z.day < h.next_first_day
    left join {{ ref('ref_holidays') }} as d on h.calendar = d.calendar and z.day = d.day
    where z.day >= cast('1980-01-01' as date) and z.day < cast('2050-01-01' as date)
),
parted as (
    -- A session that begins or ends at a break, or within it, has none.
    select
        *,
        is_open and break_start_minute < break_end_minute
        and open_minute < break_start_minute and break_end_minute < close_minute as has_break
    from opened
),
placed as (
    select
        exchange, version, trading_day, is_open,
        auction_seconds, closing_print_minutes,
        {{ minute_of('day_minute') }} as day_start,
        case
            when next_time_zone is not null
                then {{ utc_of('trading_day', '(next_day_minute + 1440)', 'next_time_zone') }}
            else {{ minute_of('(day_minute + 1440)') }}
        end as day_end,
        case when is_open then {{ minute_of('open_minute') }} end as open_at,
        case when has_break then {{ minute_of('break_start_minute') }} end as break_start_at,
        case when has_break then {{ minute_of('break_end_minute') }} end as break_end_at,
        case when is_open then {{ minute_of('close_minute') }} end as close_at
    from parted
)
select
    b.exchange,
    cast(dateadd('day', n.d, cast(b.day_start as date)) as date) as utc_date,
    b.trading_day,
    b.is_open,
    b.day_start,
    b.open_at,
    b.break_start_at,
    b.break_end_at,
    b.close_at,
    b.day_end,
    dateadd('second', b.auction_seconds, b.close_at) as auction_until,
    dateadd('minute', b.closing_print_minutes, b.close_at) as closing_print_until,
    datediff('minute', b.open_at, b.close_at)
    - coalesce(datediff('minute', b.break_start_at, b.break_end_at), 0) as session_minutes,
    b.version as calendar
from placed as b
cross join (values (0), (1), (2)) as n (d)
where
    dateadd('day', n.d, cast(cast(b.day_start as date) as timestamp)) < b.day_end
-- Neighbours in time lie together: who needs few days skips the rest.
order by b.exchange, b.trading_day, utc_date
