{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['rule', 'dataset', 'source', 'symbol', 'bar_interval', 'event_time'],
    post_hook="delete from {{ this }} where severity is null"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_elsewhere') }}, {{ ref('silver_sale_rules') }}
-- depends_on: {{ ref('gold_candlestick_1m') }}, {{ ref('gold_candlestick_bars') }}
-- What the rules of ref_quality_rules find; read gold_quality instead. Ticks are judged by their
-- candles of one minute, bars as they are published, quotes by both. Of a series in which something is
-- new, all is judged again from there on: a candle is held against those before it. What counts to it
-- is some candles old at most, see spans, so no more is read. A row without a rule says for each dataset how
-- far it is, and by which rules (_basis): when these change, all is judged again.
-- A run of candles is broken by one of more than three lengths without any, and by the end of a
-- session; where candles are days or longer, by ten lengths.
with
heads as (
{% for dataset, model in [
    ['ticks', 'silver_clean_ticks'], ['quotes', 'silver_clean_stock_quotes'],
    ['bars', 'gold_candlestick_bars'], ['index_bars', 'gold_candlestick_bars']
] %}
    select '{{ dataset }}' as dataset, coalesce(max(v._version), 0) as _version
    from (
        select _version from {{ ref(model) }}
{%- if model == 'gold_candlestick_bars' %} where dataset = '{{ dataset }}'{% endif %}
        order by _version desc limit 1
    ) as v
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
lengths as (
    select
        i.bar_interval,
        case
            when i.months > 0 then i.months * 2678400
            when i.days > 0 then i.days * 86400
            else i.seconds
        end as length,
        i.seconds = 0 as is_dated
    from {{ intervals() }} as i (bar_interval, seconds, days, months, rank)
),
{% if is_incremental() %}
rebased as (
    select h.dataset
    from heads as h
    cross join {{ ref('gold_quality_basis') }} as b
    left join {{ this }} as t on t.rule = '' and t.dataset = h.dataset
    where t._basis is distinct from b.basis
),
{{ changes() }}
touched as (
    -- What a closing auction prints counts to a minute of up to an hour before.
    select
        c.dataset, c.source, c.symbol, '1m' as bar_interval,
        min(dateadd('hour', -1, date_trunc('hour', c.event_second))) as since
    from changed as c
    group by c.dataset, c.source, c.symbol
    union all
    select
        'quotes' as dataset, c.source, c.symbol, '' as bar_interval,
        min(c.event_second) as since
    from changed as c
    where c.dataset = 'quotes'
    group by c.source, c.symbol
{% for dataset in ['bars', 'index_bars'] %}
    union all
    select {{ series('b') }}, min(b.open_time) as since
    from {{ ref('gold_candlestick_bars') }} as b
    where b.dataset = '{{ dataset }}' and b._version > {{ newest_version(dataset) }}
    group by {{ series('b') }}
{% endfor %}
{% for table in [ref('gold_candlestick_1m'), ref('gold_candlestick_bars'), this] %}
    union all
    select distinct
        a.dataset, a.source, a.symbol,
        {{ "'1m'" if loop.first else 'a.bar_interval' }} as bar_interval,
        cast('0101-01-01' as timestamp) as since
    from {{ table }} as a
    inner join rebased as r on a.dataset = r.dataset
{%- if loop.last %}
    where a.rule <> ''
{%- endif %}
{% endfor %}
    union all
    select distinct
        'quotes' as dataset, q.source, q.symbol, '' as bar_interval,
        cast('0101-01-01' as timestamp) as since
    from {{ ref('silver_clean_stock_quotes') }} as q
    inner join (select dataset from rebased where dataset = 'quotes') as r on 1 = 1
),
spans as (
    select
        {{ series('t') }}, min(t.since) as since,
        min(dateadd(
            'second', case when l.is_dated then -215 else -190 end * coalesce(l.length, 0), t.since
        )) as read_from
    from touched as t
    left join lengths as l on t.bar_interval = l.bar_interval
    group by {{ series('t') }}
),
{% endif %}
candles as (
{% for of, datasets in [['minutes', "('ticks', 'quotes')"], ['bars', "('bars', 'index_bars')"]] %}
    select
        c.*, {{ 'k.since' if is_incremental() else "cast('0101-01-01' as timestamp)" }} as since
    from ({{ judged_candles(of) }}) as c
{% if is_incremental() %}
    inner join spans as k on {{ same_series('c', 'k') }} and c.open_time >= k.read_from
    -- This condition is cheap and leaves little to the join.
    where c.open_time >= (
        select coalesce(min(s.read_from), cast('9999-12-31' as timestamp))
        from spans as s
        where s.dataset in {{ datasets }} and s.bar_interval <> ''
    )
{% endif %}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
sequenced as (
    select
        c.*,
{% for name in ['open_time', 'trading_day', 'session', 'close', 'adjustment', 'split_basis'] %}
        lag(c.{{ name }}) over (
            partition by {{ series('c') }} order by c.open_time
        ) as earlier_{{ name }},
{% endfor %}
        -- The same price and nothing traded.
        c.high = c.low and coalesce(c.volume, 0) = 0 as is_flat,
        lag(c.high = c.low and coalesce(c.volume, 0) = 0) over (
            partition by {{ series('c') }} order by c.open_time
        ) as was_flat,
        row_number() over (partition by {{ series('c') }} order by c.open_time) as number,
        count(c.volume) over (
            partition by {{ series('c') }} order by c.open_time
            rows between 20 preceding and 1 preceding
        ) as usual_candles,
        cast(sum(c.volume) over (
            partition by {{ series('c') }} order by c.open_time
            rows between 20 preceding and 1 preceding
        ) as double) / 20 as usual_volume,
        l.length, l.is_dated
    from candles as c
    inner join lengths as l on c.bar_interval = l.bar_interval
),
{% if is_incremental() %}
orphans as (
    -- What is held against a candle that was not read: near by, or else anywhere before.
    select {{ series('s') }}, s.open_time
    from sequenced as s
    where s.earlier_open_time is null and s.open_time >= s.since
),
near as (
{% for of in ['minutes', 'bars'] %}
    select {{ series('o') }}, max(c.open_time) as open_time
    from ({{ judged_candles(of) }}) as c
    inner join orphans as o
        on {{ same_series('c', 'o') }} and c.open_time < o.open_time
    where
        c.open_time >= (
            select coalesce(
                dateadd('day', -10, min(open_time)), cast('9999-12-31' as timestamp)
            )
            from orphans
        )
    group by {{ series('o') }}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
lost as (
    select {{ series('o') }}, o.open_time
    from orphans as o
    left join near as n on {{ same_series('o', 'n') }}
    where n.open_time is null
),
far as (
{% for of in ['minutes', 'bars'] %}
    select {{ series('o') }}, max(c.open_time) as open_time
    from ({{ judged_candles(of) }}) as c
    inner join lost as o
        on {{ same_series('c', 'o') }} and c.open_time < o.open_time
    group by {{ series('o') }}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
before as (
{% for of in ['minutes', 'bars'] %}
    select
        {{ series('c') }}, c.open_time, c.trading_day, c.session, c.close, c.adjustment,
        c.split_basis
    from ({{ judged_candles(of) }}) as c
    inner join (select * from near union all select * from far) as n
        on {{ same_series('c', 'n') }} and c.open_time = n.open_time
    where
        c.open_time >= (
            select coalesce(min(f.open_time), cast('9999-12-31' as timestamp))
            from (select open_time from near union all select open_time from far) as f
        )
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
{% endif %}
followed as (
    select
        {{ series('s') }}, s.open_time, s.exchange, s.trading_day, s.session,
        s.open, s.high, s.low, s.close, s.volume, s.adjustment, s.split_basis, s.told_at,
        s.since, s.length, s.is_dated, s.is_flat, s.was_flat, s.number, s.usual_candles,
        s.usual_volume,
{% for name in ['open_time', 'trading_day', 'session', 'close', 'adjustment', 'split_basis'] %}
{% if is_incremental() %}
        case
            when s.earlier_open_time is null then b.{{ name }} else s.earlier_{{ name }}
        end as earlier_{{ name }}
{%- else %}
        s.earlier_{{ name }}
{%- endif %}
{{ '' if loop.last else ',' }}
{% endfor %}
    from sequenced as s
{% if is_incremental() %}
    left join before as b
        on {{ same_series('s', 'b') }} and s.earlier_open_time is null and s.open_time >= s.since
{% endif %}
),
split_shares as (
    select
        {{ series('f') }}, f.open_time,
        {{ log_shares_between('s', 'f.earlier_split_basis', 'f.split_basis') }} as log_shares
    from followed as f
    inner join {{ ref('silver_splits') }} as s
        on f.source = s.source and f.symbol = s.symbol
        and f.trading_day >= s.valid_from and f.trading_day < s.valid_to
        and s.ex_date > least(f.earlier_split_basis, f.split_basis)
        and s.ex_date <= greatest(f.earlier_split_basis, f.split_basis)
    group by {{ series('f') }}, f.open_time
),
compared as (
    select
        f.*,
        {{ restated('f.earlier_close', 's.log_shares') }} as close_before,
        case
            when f.earlier_open_time is null or s.log_shares <> 0
                or f.adjustment <> f.earlier_adjustment
                or datediff('second', f.earlier_open_time, f.open_time)
                > case when f.is_dated then 10 else 3 end * f.length
                or (not f.is_dated and (
                    f.session <> f.earlier_session or f.trading_day <> f.earlier_trading_day
                ))
                then 1
            else 0
        end as breaks
    from followed as f
    left join split_shares as s on {{ same_series('f', 's') }} and f.open_time = s.open_time
),
stretched as (
    -- Where its run of candles begins, and within that the one of a price without a volume.
    select
        c.*,
        max(case when c.breaks = 1 then c.number end) over (
            partition by {{ series('c') }} order by c.open_time
            rows between unbounded preceding and current row
        ) as run_number,
        c.number - max(
            case
                when c.breaks = 0 and c.is_flat and c.was_flat and c.close = c.earlier_close
                    then null
                else c.number
            end
        ) over (
            partition by {{ series('c') }} order by c.open_time
            rows between unbounded preceding and current row
        ) + 1 as run_length
    from compared as c
),
judged as (
    select * from stretched as s where s.open_time >= s.since
),
outside as (
    -- Quotes whose price is not within their own day.
    select
        'quotes' as dataset, q.source, q.symbol, '' as bar_interval,
        q.market_timestamp as open_time, q.current_price, q.day_high, q.day_low
    from {{ ref('silver_clean_stock_quotes') }} as q
{% if is_incremental() %}
    inner join spans as k
        on k.dataset = 'quotes' and k.bar_interval = ''
        and q.source = k.source and q.symbol = k.symbol and q.market_timestamp >= k.since
{% endif %}
    where
        not q.is_cancelled and q.set_aside is null
        and (q.current_price > q.day_high or q.current_price < q.day_low)
{% if is_incremental() %}
        and q.market_timestamp >= (
            select coalesce(min(s.since), cast('9999-12-31' as timestamp))
            from spans as s
            where s.dataset = 'quotes' and s.bar_interval = ''
        )
{% endif %}
),
outside_listed as (
    select o.*, {{ exchange_of() }} as exchange
    from outside as o
    {{ listed_at('o', 'o.open_time') }}
),
{{ days_of('outside_days', 'outside_listed') }}
crossed as (
    select
        o.*, coalesce(d.trading_day, cast(o.open_time as date)) as trading_day,
        {{ session_at('o.open_time') }} as session
    from outside_listed as o
    left join {{ 'outside_days' if is_incremental() else ref('silver_trading_days') }} as d
        on o.exchange = d.exchange and d.utc_date = cast(o.open_time as date)
        and o.open_time >= d.day_start and o.open_time < d.day_end
),
places as (
    select distinct {{ series('j') }}, j.exchange from judged as j
    union
    select distinct {{ series('c') }}, c.exchange from crossed as c
),
chosen as (
    -- The rule that says most of what it is for.
    select p.*, r.rule, r.severity, r.min_value, r.max_value
    from places as p
    inner join {{ ref('ref_quality_rules') }} as r
        on coalesce(r.dataset, p.dataset) = p.dataset
        and coalesce(r.bar_interval, p.bar_interval) = p.bar_interval
        and coalesce(r.source, p.source) = p.source
        and coalesce(r.exchange, p.exchange) = p.exchange
        and coalesce(r.symbol, p.symbol) = p.symbol
    qualify row_number() over (
        partition by {{ series('p') }}, p.exchange, r.rule
        order by
            case when r.symbol is null then 1 else 0 end,
            case when r.source is null then 1 else 0 end,
            case when r.exchange is null then 1 else 0 end,
            case when r.bar_interval is null then 1 else 0 end,
            case when r.dataset is null then 1 else 0 end
    ) = 1
),
ruled as (
    select
        {{ series('c') }}, c.exchange,
        max(case when c.rule = 'jump' then c.max_value end) as jump_max,
        max(case when c.rule = 'stale' then c.max_value end) as stale_max,
        max(case when c.rule = 'volume' then c.max_value end) as volume_max,
        max(case when c.rule = 'bounds' then c.min_value end) as price_min,
        max(case when c.rule = 'bounds' then c.max_value end) as price_max,
        max(case when c.rule = 'volume' then 1 else 0 end) = 1 as has_volume,
        max(case when c.rule = 'empty_day' then 1 else 0 end) = 1 as has_empty_day,
        max(case when c.rule = 'off_session' then 1 else 0 end) = 1 as has_off_session,
        max(case when c.rule = 'crossed' then 1 else 0 end) = 1 as has_crossed
    from chosen as c
    where c.severity = 'marked'
    group by {{ series('c') }}, c.exchange
),
known_days as (
    -- Days on which nobody knows whether there was a session are not missed.
    select distinct e.exchange, k.known_from, k.known_until
    from {{ ref('ref_exchanges') }} as e
    inner join {{ ref('ref_calendars') }} as k on e.calendar = k.calendar
    union all
    select
        'ALWAYS' as exchange, cast('1980-01-01' as date) as known_from,
        cast('2049-12-31' as date) as known_until
),
listed_series as (
    -- What is on no list has days around the clock for want of others.
    select distinct l.source, l.symbol from {{ ref('silver_listings') }} as l
),
days as (
    -- Only where days are asked for: days themselves, and days that may be missing.
    select d.exchange, d.trading_day, d.is_open, d.open_at
    from {{ ref('silver_trading_days') }} as d
    inner join (
        select
            j.exchange, min(coalesce(j.earlier_trading_day, j.trading_day)) as first_day,
            max(j.trading_day) as last_day
        from judged as j
        where
            j.bar_interval = '1d' or j.trading_day > dateadd('day', 1, j.earlier_trading_day)
        group by j.exchange
    ) as w
        on d.exchange = w.exchange and d.trading_day >= w.first_day and d.trading_day <= w.last_day
    where d.utc_date = cast(d.day_start as date)
),
checked as (
    select
        j.*, r.jump_max, r.stale_max, r.volume_max, r.price_min, r.price_max, r.has_volume,
        r.has_empty_day, r.has_off_session,
        case
            when abs(j.high - j.close_before) >= abs(j.low - j.close_before) then j.high else j.low
        end as far_price,
        case
            when j.close_before > 0 and j.adjustment = j.earlier_adjustment
                then greatest(
                    abs(cast(j.high as double) / cast(j.close_before as double) - 1),
                    abs(cast(j.low as double) / cast(j.close_before as double) - 1)
                )
        end as move,
        case
            when j.number - j.run_number >= 20 and j.usual_candles = 20 and j.usual_volume > 0
                then cast(j.volume as double) / j.usual_volume
        end as times_usual,
        case when j.high > r.price_max then j.high when j.low < r.price_min then j.low end
            as out_price,
        j.session in ('closed', 'break') or coalesce(not d.is_open, false) as is_off
    from judged as j
    inner join ruled as r on {{ same_series('j', 'r') }} and j.exchange = r.exchange
    left join days as d
        on j.exchange = d.exchange and j.trading_day = d.trading_day and j.bar_interval = '1d'
),
found as (
    select
        n.rule, {{ series('c') }}, c.exchange, c.trading_day, c.open_time as event_time,
        case n.rule
            when 'jump' then c.move
            when 'stale' then c.run_length
            when 'volume' then c.times_usual
            when 'bounds' then cast(c.out_price as double)
        end as value,
        case n.rule
            when 'jump' then c.jump_max
            when 'stale' then c.stale_max
            when 'volume' then case when c.volume > 0 then c.volume_max end
            when 'bounds' then case when c.high > c.price_max then c.price_max else c.price_min end
        end as limit_value,
        case n.rule
            when 'jump' then c.far_price
            when 'bounds' then c.out_price
            when 'volume' then case when c.volume > 0 then c.volume else c.close end
            else c.close
        end as told,
        c.close_before as told_before, cast(null as decimal(38, 18)) as told_above,
        c.session, c.earlier_trading_day as earlier_day, c.told_at, c.open_time as _judged
    from checked as c
    cross join (
        values ('jump'), ('stale'), ('volume'), ('bounds'), ('off_session')
    ) as n (rule)
    where
        case n.rule
            when 'jump' then c.move > c.jump_max
            when 'stale' then c.is_flat and c.run_length = c.stale_max
                and (c.is_dated or c.session = 'regular')
            when 'volume' then c.times_usual > c.volume_max or (
                c.has_volume and c.times_usual = 0
                and (c.high > c.low or c.close <> c.close_before)
            )
            when 'bounds' then c.out_price is not null
            else c.has_off_session and c.is_off
        end
    union all
    select
        'empty_day' as rule, {{ series('c') }}, c.exchange, d.trading_day,
        case when c.is_dated then cast(d.trading_day as timestamp) else d.open_at end as event_time,
        0 as value, 1 as limit_value, null as told, null as told_before, null as told_above,
        c.session, c.earlier_trading_day as earlier_day, c.told_at, c.open_time as _judged
    from checked as c
    inner join days as d
        on c.exchange = d.exchange and d.trading_day > c.earlier_trading_day
        and d.trading_day < c.trading_day and d.is_open
    inner join known_days as k
        on c.exchange = k.exchange and d.trading_day >= k.known_from
        and d.trading_day <= k.known_until
    left join listed_series as l on c.source = l.source and c.symbol = l.symbol
    where
        c.has_empty_day and c.length <= 86400
        and c.trading_day > dateadd('day', 1, c.earlier_trading_day)
        and (c.exchange <> 'ALWAYS' or l.source is not null)
    union all
    select
        'crossed' as rule, {{ series('c') }}, c.exchange, max(c.trading_day) as trading_day,
        c.open_time as event_time, cast(max(c.current_price) as double) as value,
        null as limit_value, max(c.current_price) as told,
        max_by(c.day_low, c.current_price) as told_before,
        max_by(c.day_high, c.current_price) as told_above,
        max(c.session) as session, null as earlier_day, c.open_time as told_at,
        c.open_time as _judged
    from crossed as c
    inner join ruled as r on {{ same_series('c', 'r') }} and c.exchange = r.exchange
    where c.session = 'regular' and r.has_crossed
    group by {{ series('c') }}, c.exchange, c.open_time
),
tellings as (
    select distinct f.dataset, f.source, f.symbol, f.bar_interval, f.told_at from found as f
),
seen as (
    select {{ series('t') }}, t.told_at, min(b._first_read) as first_seen
    from {{ ref('silver_clean_bars') }} as b
    inner join tellings as t
        on t.dataset = 'bars' and b.source = t.source and b.symbol = t.symbol
        and b.bar_interval = t.bar_interval and b.open_time = t.told_at
    group by {{ series('t') }}, t.told_at
    union all
    select {{ series('t') }}, t.told_at, min(i._first_seen) as first_seen
    from {{ ref('silver_clean_index_bars') }} as i
    inner join tellings as t
        on t.dataset = 'index_bars' and i.index = t.symbol
        and cast(i.date as timestamp) = t.told_at
    group by {{ series('t') }}, t.told_at
{% for dataset, model, time in [
    ['ticks', 'silver_clean_ticks', 'event_second'],
    ['quotes', 'silver_clean_stock_quotes', 'market_timestamp']
] %}
    union all
    select {{ series('t') }}, t.told_at, min(s._first_seen) as first_seen
    from {{ ref(model) }} as s
    inner join tellings as t
        on t.dataset = '{{ dataset }}' and s.source = t.source and s.symbol = t.symbol
        and date_trunc('minute', s.{{ time }}) = date_trunc('minute', t.told_at)
    where
        s.{{ time }} >= (
            select coalesce(
                min(date_trunc('minute', m.told_at)), cast('9999-12-31' as timestamp)
            )
            from tellings as m
            where m.dataset = '{{ dataset }}'
        )
        and not s.is_cancelled and s.set_aside is null
    group by {{ series('t') }}, t.told_at
{% endfor %}
)
select
    f.rule, 'marked' as severity, f.dataset, f.source, f.symbol, f.bar_interval, f.exchange,
    f.trading_day, f.event_time, {{ measured('f.value') }} as value,
    cast(f.limit_value as decimal(18, 8)) as limit_value,
    cast(f.told as decimal(38, 18)) as told, cast(f.told_before as decimal(38, 18)) as told_before,
    cast(f.told_above as decimal(38, 18)) as told_above, f.session, f.earlier_day,
    s.first_seen, f._judged, cast(null as varchar) as _basis, cast(0 as bigint) as _version
from found as f
left join seen as s on {{ same_series('f', 's') }} and f.told_at = s.told_at
union all
select
    '' as rule, 'progress' as severity, h.dataset, '' as source, '' as symbol, '' as bar_interval,
    null as exchange, null as trading_day, cast('1970-01-01' as timestamp) as event_time,
    null as value, null as limit_value, null as told, null as told_before, null as told_above,
    null as session, null as earlier_day, null as first_seen, null as _judged,
    b.basis as _basis, cast(h._version as bigint) as _version
from heads as h
cross join {{ ref('gold_quality_basis') }} as b
{% if is_incremental() %}
left join {{ this }} as t on t.rule = '' and t.dataset = h.dataset
where t._version is distinct from h._version or t._basis is distinct from b.basis
union all
-- What is no longer so is written without a severity: that replaces the old row, and the hook removes
-- it.
select
    t.rule, null, t.dataset, t.source, t.symbol, t.bar_interval, null, null, t.event_time,
    null, null, null, null, null, null, null, null, null, null, 0
from {{ this }} as t
inner join spans as k on {{ same_series('t', 'k') }} and t._judged >= k.since
left join found as f
    on t.rule = f.rule and {{ same_series('t', 'f') }} and t.event_time = f.event_time
where t.rule <> '' and f.rule is null
{% endif %}
