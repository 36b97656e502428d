"""Figures as people read them: thousands apart, and no exponent where a person can do without."""

from typing import Literal

_THOUSAND, _TOO_LARGE = 1e3, 1e15
Sign = Literal["", "+"]


def figure(value: float | None, sign: Sign = "") -> str:
    """About four digits, and never fewer than are before the point. sign: "+" where what is above 0 is to say so.

    >>> figure(0.59863), figure(0.000412), figure(21474.26), figure(-9398.2), figure(2500.4, "+"), figure(None)
    ('0.5986', '0.000412', '21,474', '-9,398', '+2,500', 'undefined')
    """
    if value is None:
        return "undefined"
    return _whole(value, sign) or f"{value:{sign}.4g}"


def fixed(value: float | None, sign: Sign = "", digits: int = 4) -> str:
    """So many decimals, for figures that stand under each other; none from a thousand on.

    >>> fixed(0.5), fixed(117.85463), fixed(11785.4597), fixed(0.5, "+")
    ('0.5000', '117.8546', '11,785', '+0.5000')
    """
    if value is None:
        return "undefined"
    return _whole(value, sign) or f"{value:{sign}.{digits}f}"


def _whole(value: float, sign: Sign) -> str:
    return f"{value:{sign},.0f}" if _THOUSAND <= abs(value) < _TOO_LARGE else ""
