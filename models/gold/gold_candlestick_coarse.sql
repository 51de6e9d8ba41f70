{{ config(schema='gold', materialized='view') }}
-- Longer candles from shorter ones, where the feed publishes none: of a source and symbol whose feed
-- publishes an interval itself, only those that it publishes count.
with
published as (
    select distinct b.dataset, b.source, b.symbol, b.bar_interval
    from {{ ref('gold_candlestick_bars') }} as b
    where
        b.bar_interval in ('5m', '15m', '30m', '1h', '4h', '1wk', '1mo') and not b.is_cancelled
)
select
    r.dataset, r.source, r.symbol, r.bar_interval, r.open_time, r.close_time,
    r.trading_day, r.session, r.exchange, r.open, r.high, r.low, r.close, r.volume, r.turnover,
    r.trades, r.first_time, r.last_time, r.revisions, r.revised_at, r.is_provisional,
    r._version
from {{ ref('gold_candlestick_rollup') }} as r
left join published as p
    on r.dataset = p.dataset and r.source = p.source and r.symbol = p.symbol
    and r.bar_interval = p.bar_interval
where r.bar_interval <> '1d' and p.bar_interval is null
