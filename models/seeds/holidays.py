"""Writes ref_holidays.csv and ref_calendars.csv: the days on which exchanges stay shut, or have
other hours than usual, and from when to when these are known.

    pip install exchange-calendars==4.13.2
    python models/seeds/holidays.py [folder]

What the package says stands under its name; what it lacks, under the name of who announced it. Rows
of calendars that are not made here stay. The folder is this file's own, unless another is named.
"""
import csv
import datetime
import importlib.metadata
import pathlib
import sys
import warnings

import exchange_calendars
import pandas

sys.dont_write_bytecode = True
import holiday_names  # noqa: E402

# Our calendar: the package's. India's two exchanges keep the same holidays.
CALENDARS = {
    "US": "XNYS", "GB": "XLON", "DE": "XETR", "FR": "XPAR", "NL": "XAMS", "CH": "XSWX",
    "JP": "XTKS", "HK": "XHKG", "CN": "XSHG", "CA": "XTSE", "AU": "XASX", "IN": "XBOM",
    "KR": "XKRX", "CME": "CMES",
}
FIRST, LAST = pandas.Timestamp(2000, 1, 1), pandas.Timestamp(2027, 12, 31)
PACKAGE = f"exchange-calendars {importlib.metadata.version('exchange-calendars')}"
HOLIDAYS = ["calendar", "day", "name", "kind", "open_minute", "close_minute",
            "break_start_minute", "break_end_minute", "source"]
KNOWN = ["calendar", "known_from", "known_until", "source"]
# Whole sessions at weekends, as the exchange announced them; the package has working days only.
AT_WEEKENDS = [
    ("IN", datetime.date.fromisoformat(day), name, "hours", 555, 930, "", "", "NSE circulars")
    for day, name in [
        ("2015-02-28", "Union budget"), ("2020-02-01", "Union budget"),
        ("2024-01-20", "Saturday session"), ("2025-02-01", "Union budget"),
        ("2026-02-01", "Union budget"),
    ]
]


def span_of(name):
    """First and last day that the package knows of the years wanted."""
    factory = exchange_calendars.calendar_utils._default_calendar_factories[name]
    first, last = factory.bound_min(), factory.bound_max()
    return max(FIRST, first or FIRST), min(LAST, last or LAST)


def minutes(moment, day, zone):
    """Minutes behind local midnight of the day; below 0 on the evening before."""
    if pandas.isna(moment):
        return None
    local = moment.tz_convert(zone).tz_localize(None)
    return int((local - day).total_seconds() // 60)


def usual(times, day, offset=0):
    """Of what changes with time, what holds on the day, in minutes."""
    valid = [time for since, time in times or () if since is None or since <= day]
    time = valid[-1] if valid else None
    return None if time is None else offset * 1440 + time.hour * 60 + time.minute


def names_of(market, first, last):
    """What the package's rules call a day; in brackets they say since when they hold."""
    names = {}
    for rules in [market.regular_holidays, *[rule for _, rule in market.special_closes]]:
        if rules is not None and hasattr(rules, "holidays"):
            named = rules.holidays(first, last, return_name=True)
            names.update({day: str(text).split(" (")[0] for day, text in named.items()})
    return names


def rows_of(calendar, name):
    first, last = span_of(name)
    market = exchange_calendars.get_calendar(name, start=first, end=last)
    names, source = names_of(market, first, last), f"{PACKAGE} {name}"
    for day in pandas.bdate_range(first, last).difference(market.sessions):
        kind, text = holiday_names.closure(calendar, day.date(), names.get(day))
        yield calendar, day.date(), text, kind, "", "", "", "", source
    for day, times in market.schedule.iterrows():
        opens, closes, starts, ends = (
            minutes(times[column], day, market.tz)
            for column in ["open", "close", "break_start", "break_end"])
        usual_open = usual(market.open_times, day, market.open_offset)
        usual_close = usual(market.close_times, day, market.close_offset)
        start, end = usual(market.break_start_times, day), usual(market.break_end_times, day)
        # A break that would end behind the session is none.
        if end is None or end >= closes:
            start = end = None
        if (opens, closes, starts, ends) == (usual_open, usual_close, start, end):
            continue
        # Equal minutes say that there is no break.
        pause = ("", "") if (starts, ends) == (start, end) else (starts or 0, ends or 0)
        yield (
            calendar, day.date(), holiday_names.hours(
                calendar, day.date(), names.get(day), closes < usual_close, opens > usual_open),
            "hours", "" if opens == usual_open else opens, closes, *pause, source)


def others(path):
    """Rows of calendars that are not made here."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in list(csv.reader(file))[1:] if row and row[0] not in CALENDARS]


def write(path, header, rows):
    kept = others(path)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([*sorted(rows, key=lambda row: row[:2]), *kept])


warnings.filterwarnings("ignore")
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
write(folder / "ref_holidays.csv", HOLIDAYS, [
    *(row for calendar, name in CALENDARS.items() for row in rows_of(calendar, name)),
    *AT_WEEKENDS,
])
write(folder / "ref_calendars.csv", KNOWN, [
    (calendar, *(day.date() for day in span_of(name)), f"{PACKAGE} {name}")
    for calendar, name in CALENDARS.items()
])
