"""What days are called that the rules of exchange-calendars leave without a name, and which of them
were decided for once: no rule of a year gives them."""

# By calendar, what was decided for once.
AD_HOC = {
    "US": {
        "September 11 attacks": ["2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14"],
        "Mourning for Ronald Reagan": ["2004-06-11"],
        "Mourning for Gerald Ford": ["2007-01-02"],
        "Hurricane Sandy": ["2012-10-29", "2012-10-30"],
        "Mourning for George H. W. Bush": ["2018-12-05"],
        "Mourning for Jimmy Carter": ["2025-01-09"],
    },
    "CME": {
        "Mourning for Ronald Reagan": ["2004-06-11"],
        "Mourning for Gerald Ford": ["2007-01-02"],
        "Mourning for George H. W. Bush": ["2018-12-05"],
        "Mourning for Jimmy Carter": ["2025-01-09"],
    },
    "CA": {"September 11 attacks": ["2001-09-11", "2001-09-12"]},
    "GB": {
        "Golden Jubilee": ["2002-06-03", "2002-06-04"],
        "Royal wedding": ["2011-04-29"],
        "Diamond Jubilee": ["2012-06-04", "2012-06-05"],
        "Early May bank holiday on VE Day": ["2020-05-08"],
        "Platinum Jubilee": ["2022-06-02", "2022-06-03"],
        "Funeral of Elizabeth II": ["2022-09-19"],
        "Coronation of Charles III": ["2023-05-08"],
    },
    "DE": {"Whit Monday": ["2007-05-28"], "500 years of the Reformation": ["2017-10-31"]},
    "AU": {
        "Easter Tuesday for Anzac Day": ["2011-04-26"],
        "Mourning for Elizabeth II": ["2022-09-22"],
    },
    "HK": {
        "Tropical cyclone": [
            "2001-07-06", "2001-07-25", "2008-08-06", "2008-08-22", "2011-09-29", "2013-08-14",
            "2016-08-02", "2016-10-21", "2017-08-23", "2020-10-13", "2021-10-13", "2022-09-12",
            "2023-07-17", "2024-09-06",
        ],
        "70 years since the end of the war": ["2015-09-03"],
    },
    "JP": {
        "Accession of the emperor": ["2019-04-30", "2019-05-01", "2019-05-02"],
        "Enthronement of the emperor": ["2019-10-22"],
        "Failure of the trading system": ["2020-10-01"],
    },
}


def closure(calendar, day, named):
    """Kind and name of a day without a session."""
    for name, days in AD_HOC.get(calendar, {}).items():
        if day.isoformat() in days:
            return "ad hoc", name
    if named:
        return "holiday", named
    if calendar == "JP":
        if day.month == 3:
            return "holiday", "Vernal Equinox"
        if day.isoformat() in ("2009-09-22", "2015-09-22", "2026-09-22"):
            return "holiday", "Citizens' Holiday"
        if day.month == 9:
            return "holiday", "Autumnal Equinox"
    return "holiday", "Closed"


def hours(calendar, day, named, is_early, is_late):
    """Name of a day whose hours are others."""
    if named:
        return named
    if calendar == "KR" and is_late:
        return "First session of the year" if day.month == 1 else "University entrance exam"
    if calendar == "HK" and is_early and day.month in (1, 2):
        return "Lunar New Year's Eve"
    return "Early close" if is_early else "Late open" if is_late else "Late close"
