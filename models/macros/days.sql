{#-
  Which day and which session of their exchange times lie in. Pieces of these are written for a row
  `d` of silver_trading_days and a time `at`.
-#}
{#-
  The exchange of a row of `rows`, in whose time zone and hours its source's symbol is traded: as it is
  listed then, else as its source says for all its symbols, else around the clock.
-#}
{% macro exchange_of() -%}
coalesce(l.exchange, u.exchange, 'ALWAYS')
{%- endmacro %}
{#-
  The day whose splits and dividends what was read `at` that time may know: feeds take them out before
  the session opens. `r` is the row of silver_trading_days that holds it, if there is one.
-#}
{% macro read_day(at) -%}
cast(case
            when r.trading_day is null then cast({{ at }} as date)
            when r.is_open and {{ at }} < r.open_at then dateadd('day', -1, r.trading_day)
            else r.trading_day
        end as date)
{%- endmacro %}
{#- When bars stamped with a date alone are: in the hour that is on that date everywhere. -#}
{% macro bar_time(open_time, is_dated) -%}
case when {{ is_dated }} then dateadd('hour', 10, {{ open_time }}) else {{ open_time }} end
{%- endmacro %}
{#- The joins that `exchange_of` reads, for rows of the table `of` with a time `at`. -#}
{% macro listed_at(of, at) -%}
left join {{ ref('silver_listings') }} as l
        on {{ of }}.source = l.source and {{ of }}.symbol = l.symbol
        and {{ at }} >= l.start_at and {{ at }} < l.end_at
    {{ exchange_of_source(of) }}
{%- endmacro %}
{#- The last of them: the exchange that a source says for all its symbols. -#}
{% macro exchange_of_source(of) -%}
left join (
        select s.source, s.exchange
        from {{ ref('ref_sources') }} as s
        inner join {{ ref('silver_calendars') }} as k on s.exchange = k.exchange
    ) as u
        on {{ of }}.source = u.source
{%- endmacro %}
{#-
  Where `at` lies on its day: pre (before the session), regular, break (within it), post (behind it),
  or closed, on a day without one. Prints of a closing auction come a little later than the session
  ends and belong to it: those of the `kind` close for minutes, those that do not say for seconds,
  unless they say that they are of no session.
  Behind the last day that silver_trading_days has, and before the first, all is regular.
-#}
{% macro session_at(at, kind=none) -%}
case
            when d.is_open is null then 'regular'
            when not d.is_open then 'closed'
            when {{ at }} < d.open_at then 'pre'
            when {{ at }} >= d.break_start_at and {{ at }} < d.break_end_at then 'break'
            when {{ at }} < d.close_at then 'regular'
{%- if kind %}
            when {{ kind }} = 'close' and {{ at }} < d.closing_print_until then 'regular'
            when {{ kind }} = 'normal' and {{ at }} < d.auction_until then 'regular'
{%- endif %}
            else 'post'
        end
{%- endmacro %}
{#- When the piece of the day that holds `at` begins: a session with a break in it has two. -#}
{% macro piece_start(session, at) -%}
case {{ session }}
            when 'pre' then d.day_start
            when 'break' then d.break_start_at
            when 'post' then d.close_at
            when 'closed' then d.day_start
            when 'regular' then case
                when d.is_open is null then cast(cast({{ at }} as date) as timestamp)
                when {{ at }} >= d.break_end_at then d.break_end_at
                else d.open_at
            end
        end
{%- endmacro %}
{#- When it ends. -#}
{% macro piece_end(session, at) -%}
case {{ session }}
            when 'pre' then d.open_at
            when 'break' then d.break_end_at
            when 'post' then d.day_end
            when 'closed' then d.day_end
            when 'regular' then case
                when d.is_open is null
                    then dateadd('day', 1, cast(cast({{ at }} as date) as timestamp))
                when {{ at }} < d.break_start_at then d.break_start_at
                else d.close_at
            end
        end
{%- endmacro %}
{#- The minute that `at` is counted to: what a closing auction prints, to the last of its session. -#}
{% macro minute_at(session, at) -%}
case
            when {{ session }} = 'regular' and {{ at }} >= d.close_at
                then dateadd('minute', -1, d.close_at)
            else date_trunc('minute', {{ at }})
        end
{%- endmacro %}
{#- Start of the candle of so many minutes, counted from the start of the piece of its day. -#}
{% macro slot(minutes, at, start) -%}
dateadd(
        'minute',
        cast(floor(datediff('minute', {{ start }}, {{ at }}) / {{ minutes }}) as bigint) * {{ minutes }},
        {{ start }}
    )
{%- endmacro %}
{#- Its end: no candle reaches beyond its piece of the day. -#}
{% macro slot_end(minutes, start, piece_end) -%}
least(dateadd('minute', {{ minutes }}, {{ start }}), {{ piece_end }})
{%- endmacro %}
{#-
  In an incremental run a common table expression of that name: the trading days on which `rows` lie,
  found before the rows are joined to them, as an outer join reads all of what it joins.
-#}
{% macro days_of(name, rows, at='open_time') %}
{% if is_incremental() %}
{{ name }} as (
    select d.*
    from {{ ref('silver_trading_days') }} as d
    inner join (
        select distinct exchange, cast({{ at }} as date) as utc_date from {{ rows }}
    ) as u
        on d.exchange = u.exchange and d.utc_date = u.utc_date
    -- These leave few days, and an engine that guesses sizes knows it.
    where
        d.utc_date >= (select min(cast(r.{{ at }} as date)) from {{ rows }} as r)
        and d.utc_date <= (select max(cast(r.{{ at }} as date)) from {{ rows }} as r)
),
{% endif %}
{% endmacro %}
{#-
  The common table expression `placed`: each row of `rows`, which has an open_time and, where `kind`
  names it, a kind, with exchange, trading_day, session, session_start, session_end (bounds of that
  piece of the day) and _calendar, which tells what it was placed by. The exchange is that which its
  symbol is listed on at the time `listed`.
-#}
{% macro placed(rows, kind=none, listed='c.open_time') %}
listed as (
    select c.*, {{ exchange_of() }} as exchange
    from {{ rows }} as c
    {{ listed_at('c', listed) }}
),
{{ days_of('days', 'listed') }}
dated as (
    select
        c.*, d.trading_day as day, d.is_open, d.day_start, d.open_at, d.break_start_at,
        d.break_end_at, d.close_at, d.day_end, d.calendar as _calendar,
        {{ session_at('c.open_time', kind and 'c.' ~ kind) }} as session
    from listed as c
    left join {{ 'days' if is_incremental() else ref('silver_trading_days') }} as d
        on c.exchange = d.exchange and d.utc_date = cast(c.open_time as date)
        and c.open_time >= d.day_start and c.open_time < d.day_end
),
placed as (
    select
        d.*,
        coalesce(d.day, cast(d.open_time as date)) as trading_day,
        {{ piece_start('d.session', 'd.open_time') }} as session_start,
        {{ piece_end('d.session', 'd.open_time') }} as session_end,
        {{ minute_at('d.session', 'd.open_time') }} as minute
    from dated as d
),
{% endmacro %}
{#-
  The common table expression `redated`: the symbols and dates of this table whose exchange, or whose
  exchange's hours, are no longer what its rows were placed by. The times that say where a row lies are
  from `first` to `last`.
-#}
{% macro redated(first='open_time', last='open_time') %}
held as (
    select
        dataset, source, symbol, cast(open_time as date) as utc_date, exchange, _calendar,
        min({{ first }}) as first_time, max({{ last }}) as last_time
    from {{ this }}
    group by dataset, source, symbol, cast(open_time as date), exchange, _calendar
),
held_at as (
    -- A listing may begin or end within a date of UTC.
    select *, first_time as held_time from held
    union all
    select *, last_time as held_time from held
    where last_time > first_time
),
redated as (
    select distinct h.dataset, h.source, h.symbol, h.utc_date
    from held_at as h
    {{ listed_at('h', 'h.held_time') }}
    left join {{ ref('silver_calendars') }} as k on k.exchange = {{ exchange_of() }}
    where h.exchange <> {{ exchange_of() }} or h._calendar <> k.calendar
),
{% endmacro %}
{#-
  The common table expressions behind `changed` of a candle model above seconds. `touched_minutes`:
  the minutes in which something is new, or to which the closing prints in changed seconds may count,
  each with its day and session. Of what is `redated` everything is new. `fine` has what the candles
  are made of.
-#}
{% macro touched_minutes(fine, first='open_time', last='open_time') %}
{{ redated(first, last) }}
changed_seconds as (
    select dataset, source, symbol, event_second as open_time from changed
    union
    select f.dataset, f.source, f.symbol, f.open_time
    from {{ fine }} as f
    inner join redated as r
        on f.dataset = r.dataset and f.source = r.source and f.symbol = r.symbol
        -- A day of an exchange reaches into the next one of UTC.
        and cast(f.open_time as date) >= r.utc_date
        and cast(f.open_time as date) <= dateadd('day', 1, r.utc_date)
),
changed_listed as (
    select c.*, {{ exchange_of() }} as exchange
    from changed_seconds as c
    {{ listed_at('c', 'c.open_time') }}
),
{{ days_of('changed_days', 'changed_listed') }}
changed_dated as (
    select
        c.*, d.trading_day as day, d.is_open, d.day_start, d.open_at, d.break_start_at,
        d.break_end_at, d.close_at, d.day_end,
        greatest(d.auction_until, d.closing_print_until) as prints_until,
        {{ session_at('c.open_time') }} as session
    from changed_listed as c
    left join changed_days as d
        on c.exchange = d.exchange and d.utc_date = cast(c.open_time as date)
        and c.open_time >= d.day_start and c.open_time < d.day_end
),
touched_minutes as (
    select
        d.dataset, d.source, d.symbol, date_trunc('minute', d.open_time) as open_time,
        coalesce(d.day, cast(d.open_time as date)) as trading_day, d.session,
        {{ piece_start('d.session', 'd.open_time') }} as session_start
    from changed_dated as d
    union
    select
        d.dataset, d.source, d.symbol, dateadd('minute', -1, d.close_at) as open_time,
        d.day as trading_day, 'regular' as session,
        coalesce(d.break_end_at, d.open_at) as session_start
    from changed_dated as d
    where d.open_time >= d.close_at and d.open_time < d.prints_until
),
{% endmacro %}
