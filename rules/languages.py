"""The languages in which times are told: a row each. `sayings.py` fills their templates; digits are western in all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How one language tells times."""

    code: str  # as a book writes it
    weekdays: tuple[str, ...]  # seven, Monday first, as `near` and `far` need them
    short: tuple[str, ...]  # the same for a table of hours
    months: tuple[str, ...]  # twelve, as a date needs them
    at: str  # an hour of the day
    today: str
    tomorrow: str
    near: str  # a day of the next six
    far: str  # a day after those
    never: str  # it is not known when it opens again
    daily: str  # all seven alike
    always: str  # open without a pause
    join: str  # the word between the last two spans of a day
    date: str = "{day} {month}"
    year: str = " {}"  # what follows a date that is told with its year
    first: str = "1"  # the first day of a month
    clock: str = "{hour}:{minute:02}"
    at_one: str = ""  # `at`, where the hour is one of `ones`
    ones: tuple[int, ...] = ()  # hours that are singular
    days: str = "{first}–{last}"  # weekdays in a row
    span: str = "{opens}–{closes}"
    spans: str = "{}"  # all spans of a day
    comma: str = ", "


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = Language(
    code="en",
    weekdays=_words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    short=_words("Mon Tue Wed Thu Fri Sat Sun"),
    months=_words("January February March April May June July August September October November December"),
    at="at {}",
    today="today {at}",
    tomorrow="tomorrow {at}",
    near="on {weekday} {at}",
    far="on {weekday}, {date} {at}",
    never="later",
    daily="daily",
    always="around the clock",
    join=" and ",
)
_FRENCH = Language(
    code="fr",
    weekdays=_words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    short=_words("lun. mar. mer. jeu. ven. sam. dim."),
    months=_words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    first="1er",
    at="à {}",
    today="aujourd'hui {at}",
    tomorrow="demain {at}",
    near="{weekday} {at}",
    far="le {weekday} {date} {at}",
    never="plus tard",
    daily="tous les jours",
    always="24 h/24, 7 j/7",
    join=" et ",
    clock="{hour} h {minute:02}",
    span="de {opens} à {closes}",
)
_SPANISH = Language(
    code="es",
    weekdays=_words("lunes martes miércoles jueves viernes sábado domingo"),
    short=_words("lun mar mié jue vie sáb dom"),
    months=_words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    date="{day} de {month}",
    year=" de {}",
    at="a las {}",
    at_one="a la {}",
    ones=(1,),
    today="hoy {at}",
    tomorrow="mañana {at}",
    near="el {weekday} {at}",
    far="el {weekday} {date} {at}",
    never="más adelante",
    daily="todos los días",
    always="las 24 horas",
    join=" y ",
    span="de {opens} a {closes}",
)
_PORTUGUESE = Language(
    code="pt",
    weekdays=(
        *("na segunda-feira", "na terça-feira", "na quarta-feira", "na quinta-feira", "na sexta-feira"),
        *("no sábado", "no domingo"),
    ),
    short=_words("seg ter qua qui sex sáb dom"),
    months=_words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
    date="{day} de {month}",
    year=" de {}",
    first="1º",
    at="às {}",
    at_one="à {}",
    ones=(0, 1),
    today="hoje {at}",
    tomorrow="amanhã {at}",
    near="{weekday} {at}",
    far="{weekday}, {date}, {at}",
    never="mais tarde",
    daily="todos os dias",
    always="24 horas por dia",
    join=" e ",
)
_GERMAN = Language(
    code="de",
    weekdays=_words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
    short=_words("Mo Di Mi Do Fr Sa So"),
    months=_words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    date="{day}. {month}",
    at="um {} Uhr",
    today="heute {at}",
    tomorrow="morgen {at}",
    near="am {weekday} {at}",
    far="am {weekday}, {date}, {at}",
    never="später",
    daily="täglich",
    always="rund um die Uhr",
    join=" und ",
    spans="{} Uhr",
)
_HINDI = Language(
    code="hi",
    weekdays=_words("सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"),
    short=_words("सोम मंगल बुध गुरु शुक्र शनि रवि"),
    months=_words("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"),
    at="{} बजे",
    today="आज {at}",
    tomorrow="कल {at}",
    near="{weekday} को {at}",
    far="{weekday}, {date} को {at}",
    never="बाद में",
    daily="हर दिन",
    always="चौबीसों घंटे",
    join=" और ",
)
_ARABIC = Language(
    code="ar",
    weekdays=_words("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
    short=_words("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
    months=_words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
    at="الساعة {}",
    today="اليوم {at}",
    tomorrow="غدًا {at}",
    near="يوم {weekday} {at}",
    far="يوم {weekday} {date} {at}",
    never="لاحقًا",
    days="من {first} إلى {last}",
    daily="يوميًا",
    always="على مدار الساعة",
    join=" و",
    span="من {opens} إلى {closes}",  # in words: a dash turns around in text that runs from right to left
    comma="، ",
)
LANGUAGES = {each.code: each for each in (ENGLISH, _FRENCH, _SPANISH, _PORTUGUESE, _GERMAN, _HINDI, _ARABIC)}
