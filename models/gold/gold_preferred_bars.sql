{{ config(schema='gold', materialized='view') }}
-- One bar an instrument, interval and start, of the source that ref_preferences puts first of those
-- that have it. Made when it is asked for.
with
{{ ranked_bars() }}
counted as (
    select
        r.*,
        max(r.source_number) over (
            partition by
                r.known_as, r.alone, r.exchange, {{ major('r.currency') }}, r.bar_interval, r.open_time
        ) as sources
    from ranked as r
)
select
    c.instrument, c.bar_interval, c.open_time, c.close_time, c.trading_day, c.session, c.exchange,
    c.currency, c.source, c.symbol, cast(c.sources as bigint) as sources,
    c.open, c.high, c.low, c.close, c.volume, c.adjustment, c.split_basis
from counted as c
where c.place = 1
