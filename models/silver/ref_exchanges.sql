{{ config(schema='silver', materialized='table') }}
-- Exchanges, their time zones and regular sessions, as they publish them. Minutes count from
-- midnight in the exchange's time zone. ALWAYS stands for markets that never close, and for symbols
-- whose exchange is not known: its day is the UTC day.
select exchange, name, time_zone, open_minute, close_minute, weekdays, calendar
from (
    values
    ('XNAS', 'Nasdaq', 'America/New_York', 570, 960, 5, 'US'),
    ('XNYS', 'New York Stock Exchange', 'America/New_York', 570, 960, 5, 'US'),
    ('XLON', 'London Stock Exchange', 'Europe/London', 480, 990, 5, 'GB'),
    ('XETR', 'Xetra', 'Europe/Berlin', 540, 1050, 5, 'DE'),
    ('XTKS', 'Tokyo Stock Exchange', 'Asia/Tokyo', 540, 930, 5, 'JP'),
    ('ALWAYS', 'Around the clock', 'UTC', 0, 1440, 7, 'NONE')
) as e (exchange, name, time_zone, open_minute, close_minute, weekdays, calendar)
