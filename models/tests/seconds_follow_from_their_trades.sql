-- A row for each candle of a second that is not what its trades or quotes come to, and for each that
-- is not there, or is there without them.
with
{{ rules(ref('silver_clean_ticks')) }}
prints as (
    {{ prints(none) }}
),
records as (
    {{ ruled('prints') }}
),
made as (
    select
        r.dataset, r.source, r.symbol, r.open_time, r.kind, r._partition,
        min_by(r.last_price, r.sort_key) as open, max(r.range_price) as high,
        min(r.range_price) as low, max_by(r.last_price, r.sort_key) as close,
        count(r.price) as trades, sum(r.size) as volume,
        case when count(r.amount) = count(r.size) then sum(r.amount) end as turnover,
        sum(r.price) as price_sum,
        min(case when r.sort_key is not null then r.event_time end) as first_time,
        max(case when r.sort_key is not null then r.event_time end) as last_time,
        count(coalesce(r.first_arrival, r.last_arrival)) as records
    from records as r
    group by r.dataset, r.source, r.symbol, r.open_time, r.kind, r._partition
    having count(coalesce(r.first_arrival, r.last_arrival)) > 0
)
select
    coalesce(m.dataset, c.dataset) as dataset, coalesce(m.source, c.source) as source,
    coalesce(m.symbol, c.symbol) as symbol, coalesce(m.open_time, c.open_time) as open_time,
    coalesce(m.kind, c.kind) as kind, coalesce(m._partition, c._partition) as _partition
from made as m
full outer join {{ ref('gold_candlestick_1s') }} as c
    on m.dataset = c.dataset and m.source = c.source and m.symbol = c.symbol
    and m.open_time = c.open_time and m.kind = c.kind and m._partition = c._partition
where
    m.trades is distinct from c.trades
    or m.open is distinct from c.open or m.high is distinct from c.high
    or m.low is distinct from c.low or m.close is distinct from c.close
    or (m.volume is distinct from c.volume and coalesce(m.volume, 0) < 1e20)
    or m.turnover is distinct from c.turnover or m.price_sum is distinct from c.price_sum
    or m.first_time is distinct from c.first_time or m.last_time is distinct from c.last_time
    or c.revisions < 0 or c.revisions > m.records
    or (c.revisions > 0) <> (c.revised_at is not null)
    or (c.revisions > 0) <> (coalesce(c.revised_until, c.open_time) > c.open_time)
