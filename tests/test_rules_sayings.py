"""Times as they are said to a customer, in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.hours import Hours, Span
from rules.languages import ENGLISH, LANGUAGES
from rules.sayings import say_date, say_hours, say_next_open, say_time

PARIS = ZoneInfo("Europe/Paris")


def span(text: str) -> Span:
    opens, closes = (int(time[:-3]) * 60 + int(time[-2:]) for time in text.split("-"))
    return Span(opens, closes)


def hours(*week: str, days: dict[date, str] | None = None) -> Hours:
    """Hours of these weekdays from Monday on, the rest closed; spans have spaces between."""
    spans = [tuple(map(span, day.split())) for day in (*week, *[""] * 7)][:7]
    return Hours(
        "support", PARIS, tuple(spans), {day: tuple(map(span, text.split())) for day, text in (days or {}).items()}
    )


def opening(at: datetime) -> Hours:
    """Hours that open at this moment alone."""
    return hours(days={at.date(): f"{at:%H:%M}-23:59"})


MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=PARIS)

# What is said at eight on Monday, 2 March 2026, by when it opens: today at 14:00, tomorrow at 9:00, on Sunday at 1:00
# (six days ahead), on Monday, 9 March at 0:05 (seven), on Friday, 1 January 2027 at 10:30, and never.
OPENINGS = (
    datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
    datetime(2026, 3, 3, 9, 0, tzinfo=UTC),
    datetime(2026, 3, 8, 1, 0, tzinfo=UTC),
    datetime(2026, 3, 9, 0, 5, tzinfo=UTC),
    datetime(2027, 1, 1, 10, 30, tzinfo=UTC),
)
SAID = {
    "en": (
        "today at 14:00",
        "tomorrow at 9:00",
        "on Sunday at 1:00",
        "on Monday, 9 March at 0:05",
        "on Friday, 1 January 2027 at 10:30",
        "later",
    ),
    "fr": (
        "aujourd'hui à 14 h 00",
        "demain à 9 h 00",
        "dimanche à 1 h 00",
        "le lundi 9 mars à 0 h 05",
        "le vendredi 1er janvier 2027 à 10 h 30",
        "plus tard",
    ),
    "es": (
        "hoy a las 14:00",
        "mañana a las 9:00",
        "el domingo a la 1:00",
        "el lunes 9 de marzo a las 0:05",
        "el viernes 1 de enero de 2027 a las 10:30",
        "más adelante",
    ),
    "pt": (
        "hoje às 14:00",
        "amanhã às 9:00",
        "no domingo à 1:00",
        "na segunda-feira, 9 de março, à 0:05",
        "na sexta-feira, 1º de janeiro de 2027, às 10:30",
        "mais tarde",
    ),
    "de": (
        "heute um 14:00 Uhr",
        "morgen um 9:00 Uhr",
        "am Sonntag um 1:00 Uhr",
        "am Montag, 9. März, um 0:05 Uhr",
        "am Freitag, 1. Januar 2027, um 10:30 Uhr",
        "später",
    ),
    "hi": (
        "आज 14:00 बजे",
        "कल 9:00 बजे",
        "रविवार को 1:00 बजे",
        "सोमवार, 9 मार्च को 0:05 बजे",
        "शुक्रवार, 1 जनवरी 2027 को 10:30 बजे",
        "बाद में",
    ),
    "ar": (
        "اليوم الساعة 14:00",
        "غدًا الساعة 9:00",
        "يوم الأحد الساعة 1:00",
        "يوم الاثنين 9 مارس الساعة 0:05",
        "يوم الجمعة 1 يناير 2027 الساعة 10:30",
        "لاحقًا",
    ),
}


@pytest.mark.parametrize(("code", "said"), SAID.items(), ids=SAID)
def test_when_it_opens_next(code: str, said: tuple[str, ...]) -> None:
    language = LANGUAGES[code]
    each = (*map(opening, OPENINGS), hours())
    assert tuple(say_next_open(of, MONDAY, language) for of in each) == said


DAYS = [
    # now in Paris, opens in Paris, what is said
    ("2026-03-02 23:59", "2026-03-03 00:00", "tomorrow at 0:00"),
    ("2026-03-03 00:00", "2026-03-03 09:00", "today at 9:00"),
    ("2026-03-02 23:59", "2026-03-08 09:00", "on Sunday at 9:00"),
    ("2026-03-02 00:01", "2026-03-09 09:00", "on Monday, 9 March at 9:00"),
    ("2026-12-31 20:00", "2027-01-01 09:00", "tomorrow at 9:00"),
    ("2026-12-21 20:00", "2027-01-04 09:00", "on Monday, 4 January at 9:00"),
    ("2026-03-02 08:00", "2026-12-27 09:00", "on Sunday, 27 December at 9:00"),
    ("2026-03-02 08:00", "2026-12-28 09:00", "on Monday, 28 December 2026 at 9:00"),
    ("2026-03-28 20:00", "2026-03-29 02:30", "tomorrow at 3:00"),  # half past two is skipped
    ("2026-10-24 20:00", "2026-10-25 02:30", "tomorrow at 2:30"),
]


@pytest.mark.parametrize(("now", "opens", "said"), DAYS)
def test_days_are_counted_by_the_calendar_of_the_zone(now: str, opens: str, said: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    of = opening(datetime.fromisoformat(opens).replace(tzinfo=UTC))
    assert say_next_open(of, moment, ENGLISH) == said
    assert say_next_open(of, moment.astimezone(ZoneInfo("Asia/Tokyo")), ENGLISH) == said


def test_the_end_of_the_calendar_can_be_spoken_of() -> None:
    last = datetime.max.replace(tzinfo=ZoneInfo("America/New_York"))
    assert say_next_open(hours("09:00-12:00"), last, ENGLISH) == "later"


OFFICE = "09:00-12:30 13:30-18:00"
WEEKS = {
    "an office": (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, "10:00-14:00"),
    "the same every day": ("08:00-22:00",) * 7,
    "always": ("00:00-24:00",) * 7,
    "three spans and a night": ("06:00-08:00 10:00-12:00 20:00-24:00", "22:00-06:00"),
}
HOURS = {
    "en": (
        "Mon–Fri 9:00–12:30 and 13:30–18:00, Sat 10:00–14:00",
        "daily 8:00–22:00",
        "around the clock",
        "Mon 6:00–8:00, 10:00–12:00 and 20:00–24:00, Tue 22:00–6:00",
    ),
    "fr": (
        "lun.–ven. de 9 h 00 à 12 h 30 et de 13 h 30 à 18 h 00, sam. de 10 h 00 à 14 h 00",
        "tous les jours de 8 h 00 à 22 h 00",
        "24 h/24, 7 j/7",
        "lun. de 6 h 00 à 8 h 00, de 10 h 00 à 12 h 00 et de 20 h 00 à 24 h 00, mar. de 22 h 00 à 6 h 00",
    ),
    "es": (
        "lun–vie de 9:00 a 12:30 y de 13:30 a 18:00, sáb de 10:00 a 14:00",
        "todos los días de 8:00 a 22:00",
        "las 24 horas",
        "lun de 6:00 a 8:00, de 10:00 a 12:00 y de 20:00 a 24:00, mar de 22:00 a 6:00",
    ),
    "pt": (
        "seg–sex 9:00–12:30 e 13:30–18:00, sáb 10:00–14:00",
        "todos os dias 8:00–22:00",
        "24 horas por dia",
        "seg 6:00–8:00, 10:00–12:00 e 20:00–24:00, ter 22:00–6:00",
    ),
    "de": (
        "Mo–Fr 9:00–12:30 und 13:30–18:00 Uhr, Sa 10:00–14:00 Uhr",
        "täglich 8:00–22:00 Uhr",
        "rund um die Uhr",
        "Mo 6:00–8:00, 10:00–12:00 und 20:00–24:00 Uhr, Di 22:00–6:00 Uhr",
    ),
    "hi": (
        "सोम–शुक्र 9:00–12:30 और 13:30–18:00, शनि 10:00–14:00",
        "हर दिन 8:00–22:00",
        "चौबीसों घंटे",
        "सोम 6:00–8:00, 10:00–12:00 और 20:00–24:00, मंगल 22:00–6:00",
    ),
    "ar": (
        "من الاثنين إلى الجمعة من 9:00 إلى 12:30 ومن 13:30 إلى 18:00، السبت من 10:00 إلى 14:00",
        "يوميًا من 8:00 إلى 22:00",
        "على مدار الساعة",
        "الاثنين من 6:00 إلى 8:00، من 10:00 إلى 12:00 ومن 20:00 إلى 24:00، الثلاثاء من 22:00 إلى 6:00",
    ),
}


@pytest.mark.parametrize(("code", "said"), HOURS.items(), ids=HOURS)
def test_the_hours_of_a_week(code: str, said: tuple[str, ...]) -> None:
    assert tuple(say_hours(hours(*week), LANGUAGES[code]) for week in WEEKS.values()) == said


GROUPS = {
    "days that differ stand alone": (("09:00-12:00", "09:00-13:00"), "Mon 9:00–12:00, Tue 9:00–13:00"),
    "a closed day parts two groups": (
        ("09:00-12:00", "09:00-12:00", "", "09:00-12:00"),
        "Mon–Tue 9:00–12:00, Thu 9:00–12:00",
    ),
    "a group over the end of the week": (
        (*("09:00-17:00",) * 4, "", "10:00-14:00", "09:00-17:00"),
        "Sun–Thu 9:00–17:00, Sat 10:00–14:00",
    ),
    "a weekend alone": (("",) * 5 + ("10:00-14:00",) * 2, "Sat–Sun 10:00–14:00"),
    "one day": (("", "10:00-14:00"), "Tue 10:00–14:00"),
    "spans in another order": (
        ("13:00-14:00 09:00-12:00", "09:00-12:00 13:00-14:00"),
        "Mon–Tue 9:00–12:00 and 13:00–14:00",
    ),
    "spans that touch are one": (("09:00-12:00 12:00-18:00",), "Mon 9:00–18:00"),
    "until midnight, written as the next day": (("18:00-00:00",), "Mon 18:00–24:00"),
    "always, in pieces": (("00:00-08:00 08:00-24:00",) * 7, "around the clock"),
    "always, from evening to evening": (("08:00-20:00 20:00-08:00",) * 7, "around the clock"),
    "nearly always": (("00:00-24:00",) * 6 + ("00:00-23:59",), "Mon–Sat 0:00–24:00, Sun 0:00–23:59"),
    "nothing": ((), ""),
}


@pytest.mark.parametrize(("week", "said"), GROUPS.values(), ids=GROUPS)
def test_days_alike_are_told_together(week: tuple[str, ...], said: str) -> None:
    assert say_hours(hours(*week), ENGLISH) == said


def test_dates_are_told_where_there_are_no_weekdays() -> None:
    days = {date(2026, 12, 24): "09:00-12:00", date(2026, 12, 25): "", date(2026, 3, 2): OFFICE}
    assert (
        say_hours(hours(days=days), ENGLISH) == "2 March 2026 9:00–12:30 and 13:30–18:00, 24 December 2026 9:00–12:00"
    )
    assert say_hours(hours("10:00-11:00", days=days), ENGLISH) == "Mon 10:00–11:00"


DATES = {
    "en": ("2 March 2026", "1 October 2026", "14:05", "0:00"),
    "fr": ("2 mars 2026", "1er octobre 2026", "14 h 05", "0 h 00"),
    "es": ("2 de marzo de 2026", "1 de octubre de 2026", "14:05", "0:00"),
    "pt": ("2 de março de 2026", "1º de outubro de 2026", "14:05", "0:00"),
    "de": ("2. März 2026", "1. Oktober 2026", "14:05", "0:00"),
    "hi": ("2 मार्च 2026", "1 अक्टूबर 2026", "14:05", "0:00"),
    "ar": ("2 مارس 2026", "1 أكتوبر 2026", "14:05", "0:00"),
}


@pytest.mark.parametrize(("code", "said"), DATES.items(), ids=DATES)
def test_dates_and_times(code: str, said: tuple[str, ...]) -> None:
    language = LANGUAGES[code]
    afternoon, midnight = datetime(2026, 3, 2, 14, 5, 59, tzinfo=PARIS), datetime(2026, 10, 1, tzinfo=PARIS)
    dates = (say_date(afternoon, language), say_date(midnight, language))
    assert (*dates, say_time(afternoon, language), say_time(midnight, language)) == said


def test_a_time_is_that_of_its_own_clock() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert (say_date(late, ENGLISH), say_time(late, ENGLISH)) == ("2 March 2026", "23:30")
    in_paris = late.astimezone(PARIS)
    assert (say_date(in_paris, ENGLISH), say_time(in_paris, ENGLISH)) == ("3 March 2026", "0:30")


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
WEEKDAYS = {
    "en": "on Monday, on Tuesday, on Wednesday, on Thursday, on Friday, on Saturday, on Sunday",
    "fr": "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche",
    "es": "el lunes, el martes, el miércoles, el jueves, el viernes, el sábado, el domingo",
    "pt": "na segunda-feira, na terça-feira, na quarta-feira, na quinta-feira, na sexta-feira, no sábado, no domingo",
    "de": "am Montag, am Dienstag, am Mittwoch, am Donnerstag, am Freitag, am Samstag, am Sonntag",
    "hi": "सोमवार को, मंगलवार को, बुधवार को, गुरुवार को, शुक्रवार को, शनिवार को, रविवार को",
    "ar": "يوم الاثنين, يوم الثلاثاء, يوم الأربعاء, يوم الخميس, يوم الجمعة, يوم السبت, يوم الأحد",
}
SHORT = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "fr": "lun. mar. mer. jeu. ven. sam. dim.",
    "es": "lun mar mié jue vie sáb dom",
    "pt": "seg ter qua qui sex sáb dom",
    "de": "Mo Di Mi Do Fr Sa So",
    "hi": "सोम मंगल बुध गुरु शुक्र शनि रवि",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_month_and_day_has_its_name(code: str) -> None:
    language = LANGUAGES[code]
    for month, name in enumerate(MONTHS[code].split(), 1):
        assert f" {name}" in say_date(date(2026, month, 2), language)
    for ahead, name in enumerate(WEEKDAYS[code].split(", ")):
        opens = datetime(2026, 3, 9, 9, 0, tzinfo=UTC) + timedelta(days=ahead)
        now = opens.replace(tzinfo=PARIS) - timedelta(days=3)
        assert say_next_open(opening(opens), now, language).startswith(f"{name} ")
    for day, name in enumerate(SHORT[code].split()):
        assert say_hours(hours(*[""] * day, "09:00-12:00"), language).startswith(f"{name} ")


def test_the_languages_are_those_of_the_specification() -> None:
    assert list(LANGUAGES) == ["en", "fr", "es", "pt", "de", "hi", "ar"]
    assert all(code == language.code for code, language in LANGUAGES.items())


spans = st.builds(Span, st.integers(0, 1439), st.integers(1, 1440))
weeks = st.lists(st.lists(spans, max_size=3).map(tuple), min_size=7, max_size=7).map(tuple)


@given(st.sampled_from(list(LANGUAGES)), weeks, st.datetimes(timezones=st.timezones()))
def test_every_time_can_be_said_with_western_digits(
    code: str, week: tuple[tuple[Span, ...], ...], now: datetime
) -> None:
    of = Hours("any", PARIS, week, {})
    language = LANGUAGES[code]
    said = [say_next_open(of, now, language), say_hours(of, language), say_date(now, language), say_time(now, language)]
    for text in said:
        assert "{" not in text
        assert all(char.isascii() for char in text if char.isdigit() and char != "º")
    assert said[0].strip() == said[0] != ""
