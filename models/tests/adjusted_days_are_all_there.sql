-- A row for each regular session of ticks, and each daily bar, without its row in gold_daily_adjusted
-- or with other prices there; for each row there without them; and for each whose adjusted prices,
-- factors or return do not follow from one another, from the actions behind the day, or from the day
-- before.
with
days as (
    select
        'ticks' as dataset, source, symbol, trading_day, cast(open as decimal(38, 18)) as open,
        cast(high as decimal(38, 18)) as high, cast(low as decimal(38, 18)) as low,
        cast(close as decimal(38, 18)) as close, volume
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks' and session = 'regular' and close is not null
    union all
    select 'bars', source, symbol, cast(open_time as date), open, high, low, close, volume
    from {{ ref('silver_clean_bars') }}
    where
        bar_interval = '1d' and not is_cancelled and set_aside is null and provisional is null
),
adjusted as (
    select
        a.*, coalesce('instrument ' || a.instrument, 'symbol ' || a.symbol) as series
    from {{ ref('gold_daily_adjusted') }} as a
),
followed as (
    select
        a.*,
        lag(a.symbol) over (
            partition by a.dataset, a.source, a.series order by a.trading_day, a.symbol
        ) as symbol_before,
        lag(a.adj_close) over (
            partition by a.dataset, a.source, a.series order by a.trading_day, a.symbol
        ) as close_before
    from adjusted as a
),
raw_series as (
    select dataset, source, series, max(trading_day) as last_day
    from adjusted
    group by dataset, source, series
    having min(case when adjustment = 'raw' then 1 else 0 end) = 1
),
actions as (
    select
        l.source, l.symbol, l.valid_from, l.valid_to, a.ex_date, a.kind,
        coalesce(a.log_shares, 0) as log_shares
    from {{ ref('silver_listings') }} as l
    inner join {{ ref('silver_corporate_actions') }} as a
        on l.instrument = a.instrument and a.symbol_of = ''
    where l.actions <> 'no' and a.amount > 0
    union all
    select
        symbol_of, instrument, cast('0001-01-01' as date), cast('9999-12-31' as date), ex_date, kind,
        coalesce(log_shares, 0)
    from {{ ref('silver_corporate_actions') }}
    where symbol_of <> '' and amount > 0
),
acted as (
    select
        a.dataset, a.source, a.symbol, a.trading_day, max(a.share_factor) as share_factor,
        max(a.price_factor) as price_factor, exp(sum(coalesce(s.log_shares, 0))) as shares,
        sum(case when s.kind <> 'split' then 1 else 0 end) as dividends
    from adjusted as a
    inner join raw_series as r
        on a.dataset = r.dataset and a.source = r.source and a.series = r.series
    left join actions as s
        on a.source = s.source and a.symbol = s.symbol
        and a.trading_day >= s.valid_from and a.trading_day < s.valid_to
        and s.ex_date > a.trading_day and s.ex_date <= r.last_day
    group by a.dataset, a.source, a.symbol, a.trading_day
)
select
    coalesce(d.dataset, a.dataset) as dataset, coalesce(d.source, a.source) as source,
    coalesce(d.symbol, a.symbol) as symbol, coalesce(d.trading_day, a.trading_day) as trading_day,
    'other prices' as fault
from days as d
full outer join adjusted as a
    on d.dataset = a.dataset and d.source = a.source and d.symbol = a.symbol
    and d.trading_day = a.trading_day
where
    d.close is distinct from a.close or d.open is distinct from a.open
    or d.high is distinct from a.high or d.low is distinct from a.low
    or d.volume is distinct from a.volume
union all
select dataset, source, symbol, trading_day, 'prices that are not adjusted by their factors'
from adjusted
where
{% for name in ['open', 'high', 'low', 'close'] %}
    -- What is rounded has eight digits at least.
    abs(cast(split_{{ name }} as double) * share_factor - cast({{ name }} as double))
    > 1e-8 * abs(cast({{ name }} as double)) + 1e-17 * share_factor
    or abs(cast(adj_{{ name }} as double) - cast({{ name }} as double) * price_factor)
    > 1e-8 * abs(cast({{ name }} as double)) * price_factor + 1e-17
    or (split_{{ name }} is null and adjustment <> 'all' and {{ name }} < 1e18 * share_factor)
    or (adj_{{ name }} is null and {{ name }} * price_factor < 1e18)
    or (split_{{ name }} is not null and adjustment = 'all')
    or (adj_{{ name }} is not null and price_factor is null)
    or
{% endfor %}
    split_volume is distinct from adj_volume
    or abs(cast(split_volume as double) - cast(volume as double) * share_factor)
    > 0.0001 + 1e-9 * cast(volume as double) * share_factor
    or (split_volume is null and volume * share_factor < 1e19)
union all
select dataset, source, symbol, trading_day, 'factors that are not those of later actions'
from acted
where
    abs(share_factor / shares - 1) > 1e-9
    or (dividends = 0 and abs(coalesce(price_factor, 0) * share_factor - 1) > 1e-9)
    or (dividends > 0 and price_factor * share_factor >= 1)
union all
-- The first day under a name is left out: it has another day before it.
select dataset, source, symbol, trading_day, 'a return that is not of adj_close'
from followed
where
    (symbol_before is null and log_return is not null)
    or (
        symbol_before = symbol and adj_close > 0 and close_before > 0
        and abs(
            coalesce(log_return, 1e9) - ln(cast(adj_close as double) / cast(close_before as double))
        ) > 3e-8
    )
