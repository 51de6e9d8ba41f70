-- A row for each source, symbol and interval of which gold_candlestick has not as many candles as the
-- tables that it shows, or has others. The sum of hashes knows them without their order.
{%- set columns %}
dataset, source, symbol, bar_interval, open_time, close_time, trading_day, session, open, high, low,
    close, volume, turnover, trades, first_time, last_time, revisions, revised_at, _version
{%- endset %}
with
published as (
    select distinct dataset, source, symbol, bar_interval
    from {{ ref('gold_candlestick_bars') }}
    where not is_cancelled
),
tables as (
{% for model, interval, close_time, where in [
    ['gold_candlestick_1m', "'1m'", "dateadd('minute', 1, t.open_time)", 't.trades > 0'],
    ['gold_candlestick_long', 't.bar_interval', 't.close_time', '1 = 1'],
    ['gold_candlestick_1d', "'1d'", 't.close_time', "t.session = 'regular'"],
    ['gold_candlestick_rollup', 't.bar_interval', 't.close_time', "t.bar_interval <> '1d'"]
] %}
    select
        t.dataset, t.source, t.symbol, {{ interval }} as bar_interval, t.open_time,
        {{ close_time }} as close_time, t.trading_day, t.session,
        cast(t.open as decimal(38, 18)) as open, cast(t.high as decimal(38, 18)) as high,
        cast(t.low as decimal(38, 18)) as low, cast(t.close as decimal(38, 18)) as close,
        t.volume, t.turnover, t.trades, t.first_time, t.last_time, t.revisions, t.revised_at,
        t._version
    from {{ ref(model) }} as t
{% if model == 'gold_candlestick_rollup' %}
    -- Nothing is built of what the feed publishes itself.
    left join published as p
        on t.dataset = p.dataset and t.source = p.source and t.symbol = p.symbol
        and t.bar_interval = p.bar_interval
{% endif %}
    where
        t.close is not null and {{ where }}
{% if model == 'gold_candlestick_rollup' %}
        and p.dataset is null
{% endif %}
    union all
{% endfor %}
    select
        dataset, source, symbol, bar_interval, open_time, close_time, trading_day, session,
        open, high, low, close, volume, null, null, null, null, null, null, _version
    from {{ ref('gold_candlestick_bars') }}
    where not is_cancelled
),
expected as (
    select
        dataset, source, symbol, bar_interval, count(*) as candles,
        sum(hash({{ columns }})) as hashes
    from tables
    group by dataset, source, symbol, bar_interval
),
shown as (
    select
        dataset, source, symbol, bar_interval, count(*) as candles,
        sum(hash({{ columns }})) as hashes
    from {{ ref('gold_candlestick') }}
    where bar_interval <> '1s' or origin = 'published'
    group by dataset, source, symbol, bar_interval
)
select
    coalesce(e.dataset, s.dataset) as dataset, coalesce(e.source, s.source) as source,
    coalesce(e.symbol, s.symbol) as symbol, coalesce(e.bar_interval, s.bar_interval) as bar_interval,
    e.candles, s.candles as shown_candles
from expected as e
full outer join shown as s
    on e.dataset = s.dataset and e.source = s.source and e.symbol = s.symbol
    and e.bar_interval = s.bar_interval
where e.candles is distinct from s.candles or e.hashes is distinct from s.hashes
