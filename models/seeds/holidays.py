"""Writes ref_holidays.csv: the days on which exchanges stay shut, or close early or late.

    pip install exchange-calendars==4.13.2
    python models/seeds/holidays.py

US from 2000, all others from 2015, up to 2027 or as far as their authorities have published them.
"""
import csv
import pathlib
import warnings

import exchange_calendars
import pandas

# Our calendar: the package's, and the first year. India's two exchanges keep the same holidays.
CALENDARS = {
    "US": ("XNYS", 2000), "GB": ("XLON", 2015), "DE": ("XETR", 2015), "FR": ("XPAR", 2015),
    "NL": ("XAMS", 2015), "CH": ("XSWX", 2015), "JP": ("XTKS", 2015), "HK": ("XHKG", 2015),
    "CN": ("XSHG", 2015), "CA": ("XTSE", 2015), "AU": ("XASX", 2015), "IN": ("XBOM", 2015),
    "KR": ("XKRX", 2015), "CME": ("CMES", 2015),
}
LAST_YEAR = 2027
# Whole sessions at weekends, as the exchanges announced them; the package has working days only.
AT_WEEKENDS = [
    ("IN", pandas.Timestamp(day).date(), name, 930) for day, name in [
        ("2015-02-28", "Union budget"), ("2020-02-01", "Union budget"),
        ("2024-01-20", "Saturday session"), ("2025-02-01", "Union budget"),
        ("2026-02-01", "Union budget"),
    ]
]


def rows_of(calendar, name, first_year):
    factory = exchange_calendars.calendar_utils._default_calendar_factories[name]
    known_until = factory.bound_max()
    last = pandas.Timestamp(LAST_YEAR, 12, 31)
    last = last if known_until is None else min(last, known_until)
    market = exchange_calendars.get_calendar(
        name, start=pandas.Timestamp(first_year, 1, 1), end=last)
    names = {}
    for rules in [market.regular_holidays, *[r for _, r in market.special_closes]]:
        if rules is not None and hasattr(rules, "holidays"):
            named = rules.holidays(market.first_session, last, return_name=True)
            # Rules say in brackets since when they hold.
            names.update({day: str(text).split(" (")[0] for day, text in named.items()})
    shut = pandas.bdate_range(pandas.Timestamp(first_year, 1, 1), last).difference(market.sessions)
    for day in shut:
        yield calendar, day.date(), names.get(day) or "Closed", ""
    for day, close in market.closes.dt.tz_convert(market.tz).items():
        usual = [time for since, time in market.close_times if since is None or since <= day][-1]
        if close.time() != usual:
            other = "Early close" if close.time() < usual else "Late close"
            yield calendar, day.date(), names.get(day) or other, close.hour * 60 + close.minute


warnings.filterwarnings("ignore")
found = [row for calendar, (name, year) in CALENDARS.items() for row in rows_of(calendar, name, year)]
found += AT_WEEKENDS
target = pathlib.Path(__file__).with_name("ref_holidays.csv")
with target.open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["calendar", "day", "name", "close_minute"])
    writer.writerows(sorted(found, key=lambda row: row[:2]))
