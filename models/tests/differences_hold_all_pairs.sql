-- A row for each published candle that has one built of the same time, of a minute or longer, and is
-- not in gold_candle_differences; for each there that has none; and for each whose prices are not those
-- of the two candles, where no split lies between, or whose differences are not those of its prices.
with
built as (
{% for model, interval, open_time, close_time, where in [
    [
        'gold_candlestick_1m', "'1m'", 'open_time', "dateadd('minute', 1, open_time)",
        "dataset = 'ticks' and trades > 0"
    ],
    ['gold_candlestick_long', 'bar_interval', 'open_time', 'close_time', "dataset = 'ticks'"],
    [
        'gold_candlestick_1d', "'1d'", 'cast(trading_day as timestamp)',
        "dateadd('day', 1, cast(trading_day as timestamp))",
        "dataset = 'ticks' and session = 'regular'"
    ],
    [
        'gold_candlestick_rollup', 'bar_interval', 'open_time', 'close_time',
        "dataset in ('ticks', 'bars') and not is_provisional"
    ]
] %}
    select
        dataset as built_from, source, symbol, {{ interval }} as bar_interval,
        {{ open_time }} as open_time, {{ close_time }} as close_time,
        cast(open as decimal(38, 18)) as open, cast(high as decimal(38, 18)) as high,
        cast(low as decimal(38, 18)) as low, cast(close as decimal(38, 18)) as close, volume,
        {{ 'split_basis' if model == 'gold_candlestick_rollup' else 'trading_day' }} as split_basis
    from {{ ref(model) }}
    where {{ where }} and close is not null
    {{ '' if loop.last else 'union all' }}
{% endfor %}
),
pairs as (
    select
        b.built_from, p.source, p.symbol, p.bar_interval, p.open_time,
        p.split_basis = b.split_basis as is_comparable,
{% for name in ['open', 'high', 'low', 'close', 'volume'] %}
        b.{{ name }} as built_{{ name }}, p.{{ name }} as published_{{ name }}
        {{- '' if loop.last else ',' }}
{% endfor %}
    from {{ ref('gold_candlestick_bars') }} as p
    inner join built as b
        on p.source = b.source and p.symbol = b.symbol and p.bar_interval = b.bar_interval
        and p.open_time = b.open_time and p.close_time = b.close_time
    where
        p.dataset = 'bars' and p.adjustment <> 'all' and not p.is_cancelled
        and not p.is_provisional
),
compared as (
    select * from {{ ref('gold_candle_differences') }} where bar_interval <> '1s'
)
select
    coalesce(p.built_from, c.built_from) as built_from, coalesce(p.source, c.source) as source,
    coalesce(p.symbol, c.symbol) as symbol, coalesce(p.bar_interval, c.bar_interval) as bar_interval,
    coalesce(p.open_time, c.open_time) as open_time
from pairs as p
full outer join compared as c
    on p.built_from = c.built_from and p.source = c.source and p.symbol = c.symbol
    and p.bar_interval = c.bar_interval and p.open_time = c.open_time
where
    p.built_from is null or c.built_from is null
{% for name in ['open', 'high', 'low', 'close', 'volume'] %}
    or c.published_{{ name }} is distinct from p.published_{{ name }}
    or (p.is_comparable and c.built_{{ name }} is distinct from p.built_{{ name }})
    or c.{{ name }}_difference is distinct from c.built_{{ name }} - c.published_{{ name }}
{% endfor %}
    or c.is_equal is distinct from (
        c.open_difference = 0 and c.high_difference = 0 and c.low_difference = 0
        and c.close_difference = 0 and coalesce(c.volume_difference, 0) = 0
    )
