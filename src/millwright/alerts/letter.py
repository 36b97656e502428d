"""A message as a mail: text, and HTML with a picture in each row of figures."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from millwright.alerts.evidence import Row, more_of, one_line, rows_of, terms_of
from millwright.alerts.picture import HEIGHT, WIDTH, picture
from millwright.alerts.text import as_text
from millwright.evaluate.report.html import Markup, join, tag
from millwright.records.alerting import Message, Severity, Told
from millwright.records.spec import ChannelSpec

_COLOUR: dict[Severity, str] = {"note": "#28658a", "alarm": "#8a5f0c", "page": "#ad3b34"}
_FONT = "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#20242a"
_SOFT = "color:#5d646d;font-size:13px"
_CELL = "padding:4px 14px 4px 0;text-align:left;vertical-align:middle;font-size:14px"
_WHOLE = f"{_CELL};white-space:nowrap"
_CODE = (
    "font:13px ui-monospace,Menlo,Consolas,monospace;background:#f0eee8;padding:8px 10px;white-space:pre-wrap;margin:4px 0 12px"
)
_BUTTON = "display:inline-block;background:#28658a;color:#ffffff;padding:8px 16px;border-radius:6px;text-decoration:none"

Pictures = dict[str, bytes]


def as_mail(message: Message, spec: ChannelSpec) -> EmailMessage:
    """The mail. One that comes again has the same Message-ID."""
    mail = EmailMessage()
    mail["Subject"] = one_line(message.subject)
    mail["From"] = spec.sender
    mail["To"] = ", ".join(spec.to)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@{parseaddr(spec.sender or '')[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity == "page":
        mail["Importance"] = "high"
    mail.set_content(as_text(message))
    page, pictures = as_html(message)
    mail.add_alternative(page, subtype="html")
    page_part = list(mail.iter_parts())[1]
    assert isinstance(page_part, EmailMessage)
    for cid, content in pictures.items():
        page_part.add_related(content, "image", "png", cid=f"<{cid}>", disposition="inline", filename=f"{cid}.png")
    return mail


def as_html(message: Message) -> tuple[str, Pictures]:
    """The page, and the pictures that it names, by their content id."""
    pictures: Pictures = {}
    parts = [_alert(told, pictures) for told in message.told]
    body = tag("body", tag("div", *parts, style=f"max-width:800px;{_FONT}"), style="margin:24px")
    return f"<!doctype html>\n{tag('html', tag('head', tag('meta', charset='utf-8')), body, lang='en')}\n", pictures


def _alert(told: Told, pictures: Pictures) -> Markup:
    alert = told.alert
    badge = tag("span", alert.severity, style=f"color:{_COLOUR[alert.severity]};font-weight:600")
    seen = f", seen {told.times} times" if told.times > 1 else ""
    words = f" · {alert.project} · alert {told.number} · {_minute(alert.at)}{seen}"
    about = tag("p", badge, words, style=f"{_SOFT};margin:0 0 6px")
    head = tag("p", one_line(alert.title), style="font-size:19px;font-weight:600;line-height:1.35;margin:0 0 8px")
    said = "" if alert.sentence == alert.title else tag("p", one_line(alert.sentence), style="margin:0 0 8px")
    done = tag("p", one_line(alert.action), style="margin:0 0 8px") if alert.action else ""
    rest = (_figures(told, pictures), _arithmetic(told), _rows(told), _buttons(told))
    return tag("div", about, head, said, done, *rest, style=_BOX)


_BOX = "border-top:3px solid #e4e2db;padding:14px 0 22px"


def _figures(told: Told, pictures: Pictures) -> Markup:
    rows = rows_of(told.alert)
    if not rows:
        return Markup("")
    head = _line(("", "before ○ and now ●", "was", "now", "how sure"), head=True)
    lines = [_line(_cells(row, f"a{told.number}r{i}", pictures), style=_WHOLE) for i, row in enumerate(rows)]
    more = more_of(told.alert)
    note = tag("p", f"and {more} more", style=_SOFT) if more else ""
    return join(tag("table", head, *lines, style="border-collapse:collapse;margin:0 0 12px"), note)


def _cells(row: Row, cid: str, pictures: Pictures) -> tuple[str, ...]:
    shown: str = ""
    if row.places is not None:
        pictures[cid] = picture(row.places)
        said = f"was {row.was}, is {row.now}"
        shown = Markup(tag("img", src=f"cid:{cid}", alt=said, width=str(WIDTH), height=str(HEIGHT)).replace("</img>", ""))
    return one_line(row.what), shown, row.was, row.now, row.sure


def _line(cells: tuple[str, ...], *, head: bool = False, style: str = _CELL) -> Markup:
    style = f"{_CELL};{_SOFT}" if head else style
    return tag("tr", *(tag("th" if head else "td", cell, style=style) for cell in cells))


def _arithmetic(told: Told) -> Markup:
    terms = list(terms_of(told.alert))
    if not terms:
        return Markup("")
    head = _line(("the decision's conditions", "value", "limit", "holds"), head=True)
    lines = [_line((one_line(t.name), one_line(t.value), one_line(t.limit), "yes" if t.holds else "no")) for t in terms]
    return tag("table", head, *lines, style="border-collapse:collapse;margin:0 0 12px")


def _rows(told: Told) -> Markup:
    if not told.alert.rows:
        return Markup("")
    return join(tag("div", "The rows to look at:", style=_SOFT), tag("pre", told.alert.rows, style=_CODE))


def _buttons(told: Told) -> Markup:
    linked = [tag("a", button.words, href=button.link, style=_BUTTON) for button in told.buttons if button.link]
    commands = "\n".join(f"{button.command}   # {button.words}" for button in told.buttons)
    links = tag("p", *_apart(linked), style="margin:0 0 12px") if linked else ""
    return join(links, tag("pre", commands, style=_CODE)) if commands else Markup("")


def _apart(parts: list[Markup]) -> Iterator[Markup]:
    for part in parts:
        yield part
        yield Markup("&nbsp; ")


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
