-- A row for each day of a calendar whose hours are out of order, or of another kind than their row
-- says; and for each calendar that is known until before it begins to be.
select calendar, day, kind as fault
from {{ ref('ref_holidays') }}
where
    (kind = 'hours') <> (close_minute is not null)
    or close_minute is null and (
        open_minute is not null or break_start_minute is not null or break_end_minute is not null
    )
    or open_minute >= close_minute
    or (break_start_minute is null) <> (break_end_minute is null)
    or break_start_minute > break_end_minute
    or break_start_minute < break_end_minute and break_end_minute >= close_minute
union all
select calendar, known_from, 'known until before that'
from {{ ref('ref_calendars') }}
where known_from > known_until
