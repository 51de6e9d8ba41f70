"""Prints as CSV the sessions of exchange-calendars, with their bounds in UTC: of each calendar that
is named, from 2000 to 2027 or as far as the package knows.

    python sessions.py XNYS XLON
"""
import sys
import warnings

import exchange_calendars
import pandas

FIRST, LAST = pandas.Timestamp(2000, 1, 1), pandas.Timestamp(2027, 12, 31)
TIMES = ["open", "close", "break_start", "break_end"]

warnings.filterwarnings("ignore")
print("calendar,day," + ",".join(TIMES))
for name in sys.argv[1:]:
    factory = exchange_calendars.calendar_utils._default_calendar_factories[name]
    first, last = factory.bound_min() or FIRST, factory.bound_max() or LAST
    market = exchange_calendars.get_calendar(name, start=max(first, FIRST), end=min(last, LAST))
    # An empty line for what is known, so that days without a session can be told from unknown ones.
    print(f"{name},{max(first, FIRST).date()},,,,")
    print(f"{name},{min(last, LAST).date()},,,,")
    for day, times in market.schedule[TIMES].iterrows():
        texts = ["" if pandas.isna(t) else t.strftime("%Y-%m-%d %H:%M:%S") for t in times]
        print(f"{name},{day.date()}," + ",".join(texts))
