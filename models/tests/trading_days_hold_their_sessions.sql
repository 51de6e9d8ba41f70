-- A row for each trading day whose bounds are out of order; and for each exchange whose days are not
-- all there, or do not follow one another without a gap.
select exchange, trading_day
from {{ ref('silver_trading_days') }}
where
    day_end <= day_start
    or utc_date < cast(day_start as date) or cast(utc_date as timestamp) >= day_end
    or is_open <> (open_at is not null and close_at is not null)
    or open_at < day_start or close_at <= open_at or close_at > day_end
    or break_start_at < open_at or break_end_at <= break_start_at or break_end_at > close_at
    or (break_start_at is null) <> (break_end_at is null)
    or auction_until > day_end or closing_print_until > day_end or session_minutes <= 0
union all
select exchange, max(trading_day)
from {{ ref('silver_trading_days') }}
-- The row of a day's first date.
where utc_date = cast(day_start as date)
group by exchange
having
    count(*) <> 25568
    or sum(datediff('minute', day_start, day_end))
    <> datediff('minute', min(day_start), max(day_end))
