"""What is said of the prediction intervals of a regression: what they promise, and how that was kept."""

from millwright.evaluate.report.figures import level, number, signed
from millwright.evaluate.report.inputs import ReportInput
from millwright.records.judging import Coverage, Interval


def range_of(report: ReportInput) -> str:
    """What the range beside each value promises; empty where there is none."""
    info, found = report.info, report.evaluation.coverage
    if info.interval_level is None or (info.interval is None and info.interval_bands is None):
        return ""
    if info.interval_bands is None and info.interval is not None:
        width = f" ({signed(info.interval[0])} to {signed(info.interval[1])})"
    else:
        width = "" if found is None or found.width is None else f", {number(found.width)} wide on average,"
    return f"With each value comes a range{width} that should hold {_share(info.interval_level)} of true values."


def coverage_of(report: ReportInput) -> str:
    """How often the range held the truth on the sealed rows; empty where there is none."""
    found = report.evaluation.coverage
    if found is None or found.realised.value is None:
        return ""
    held = (
        f"The range should hold {_share(found.level)} of true values; on the sealed rows it held {_tenth(found.realised.value)}"
    )
    return f"{held} ({_proof(found.realised)}){_kept(found)}."


def quantiles_of(report: ReportInput) -> list[str]:
    """How each quantile did on the sealed rows, a sentence each."""
    return [
        f"Quantile {one.level:g}: pinball loss {number(one.pinball.value)}, of one for all rows {number(one.baseline.value)}; "
        f"the truth lay at or below it in {_tenth(one.below.value or 0.0)} of the rows ({_proof(one.below)})."
        for one in report.evaluation.quantiles
    ]


def _proof(share: Interval) -> str:
    if share.low is None or share.high is None:
        return f"n = {share.n:,}, too few for an interval"
    return f"{level(share)} interval {_tenth(share.low)} to {_tenth(share.high)}, n = {share.n:,}"


def _kept(found: Coverage) -> str:
    share = found.realised
    if share.high is not None and share.high < found.level:
        return ": less than stated"
    return ": more than stated" if share.low is not None and share.low > found.level else ""


def _share(value: float) -> str:
    return f"{100 * value:.4g} %"


def _tenth(value: float) -> str:
    return f"{100 * value:.1f} %"
