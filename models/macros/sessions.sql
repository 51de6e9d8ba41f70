{#-
  Common table expressions behind `candles`: `placed`, each with the day and the session of its
  exchange. A time zone changes its offset on whole hours of UTC only, so hours are converted, not
  candles.
  session: regular; pre or post, before or after it on one of its days; closed on all other days.
  `minutes` is how long a candle is where it may begin in one of them and end in another: mixed.
-#}
{% macro sessions(minutes=none) %}
listed as (
    select c.*, coalesce(r.exchange, 'ALWAYS') as exchange, date_trunc('hour', c.open_time) as hour
    from candles as c
    left join {{ ref('silver_listings') }} as r
        on c.source = r.source and c.symbol = r.symbol
        and c.open_time >= r.valid_from and c.open_time < r.valid_to
),
local_hours as (
    select
        h.exchange, h.hour, e.open_minute, e.close_minute, e.weekdays, e.calendar,
        convert_timezone('UTC', e.time_zone, h.hour) as local_hour
    from (select distinct exchange, hour from listed) as h
    inner join {{ ref('ref_exchanges') }} as e
        on h.exchange = e.exchange and {{ holds('e', 'h.hour') }}
),
hours as (
    select
        h.exchange, h.hour, cast(h.local_hour as date) as trading_day,
        datediff('minute', date_trunc('day', h.local_hour), h.local_hour) as minute_of_day,
        h.open_minute,
        case
            when dayofweekiso(h.local_hour) > h.weekdays then null
            when d.day is not null then d.close_minute
            else h.close_minute
        end as close_minute
    from local_hours as h
    left join {{ ref('ref_holidays') }} as d
        on h.calendar = d.calendar and cast(h.local_hour as date) = d.day
),
placed as (
    select
        c.*, h.trading_day,
        case
            when h.close_minute is null then 'closed'
{% if minutes %}
            when h.minute_of_day + datediff('minute', c.hour, c.open_time) < h.open_minute
                and h.minute_of_day + datediff('minute', c.hour, c.open_time) + {{ minutes }}
                > h.open_minute then 'mixed'
            when h.minute_of_day + datediff('minute', c.hour, c.open_time) < h.close_minute
                and h.minute_of_day + datediff('minute', c.hour, c.open_time) + {{ minutes }}
                > h.close_minute then 'mixed'
{% endif %}
            when h.minute_of_day + datediff('minute', c.hour, c.open_time) < h.open_minute
                then 'pre'
            when h.minute_of_day + datediff('minute', c.hour, c.open_time) >= h.close_minute
                then 'post'
            else 'regular'
        end as session
    from listed as c
    inner join hours as h on c.exchange = h.exchange and c.hour = h.hour
),
{% endmacro %}
{#-
  The common table expression `hours`: when the regular session, or else the whole day, of each row
  of `days` begins and ends, in minutes of its exchange's day.
-#}
{% macro hours_of(days) %}
hours as (
    select
        c.dataset, c.source, c.symbol, c.trading_day, c.session, e.exchange, e.time_zone,
        case c.session when 'regular' then e.open_minute else 0 end as open_minute,
        case c.session
            when 'regular' then coalesce(d.close_minute, e.close_minute)
            else 1440
        end as close_minute
    from {{ days }} as c
    left join {{ ref('silver_listings') }} as s
        on c.source = s.source and c.symbol = s.symbol
        and c.trading_day >= s.valid_from and c.trading_day < s.valid_to
    inner join {{ ref('ref_exchanges') }} as e
        on coalesce(s.exchange, 'ALWAYS') = e.exchange and {{ holds('e', 'c.trading_day') }}
    left join {{ ref('ref_holidays') }} as d on e.calendar = d.calendar and c.trading_day = d.day
)
{%- endmacro %}
{#- Whether the row is valid on the day. -#}
{% macro holds(row, day) -%}
{{ day }} >= coalesce({{ row }}.valid_from, cast('0001-01-01' as date))
        and {{ day }} < coalesce({{ row }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}
{#- A minute of the exchange's day `day`, as a time in UTC. -#}
{% macro utc_of(day, minute, zone) -%}
convert_timezone(
        {{ zone }}, 'UTC', dateadd('minute', {{ minute }}, cast({{ day }} as timestamp))
    )
{%- endmacro %}
{#-
  A minute of the trading day of a row, as a time in UTC. `ahead` of UTC is its time zone all day, or
  null where the clocks change.
-#}
{% macro minute_of(minute) -%}
case
            when ahead is not null
                then dateadd('minute', {{ minute }} - ahead, cast(trading_day as timestamp))
            else {{ utc_of('trading_day', minute, 'time_zone') }}
        end
{%- endmacro %}
