"""The tools that are run beside each other, and what each is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OURS = ("millwright", "millwright_all")
PEER_TO_BEAT = "ag_deploy"


@dataclass(frozen=True, slots=True)
class Tool:
    """One row of the comparison.

    adapter: the module in `adapters` that speaks to it. home: whose Python it runs in. packages: whose versions are told.
    options: for the adapter. second: what is changed where the first try crashed. budgeted: whether it takes a time budget;
    defaults take what they take. full: run with --full alone.
    """

    name: str
    adapter: str
    home: str
    packages: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    second: Mapping[str, Any] = field(default_factory=dict)
    budgeted: bool = True
    full: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is Millwright."""
        return self.name in OURS


_AUTOGLUON = ("autogluon.tabular", "torch", "lightgbm", "catboost", "xgboost-cpu", "fastai")
_NO_DYSTACK = {"fit": {"dynamic_stacking": False}}

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("millwright", "millwright_adapter", "millwright", ("millwright", "lightgbm")),
        Tool(
            "ag_deploy",
            "autogluon_adapter",
            "autogluon",
            _AUTOGLUON,
            {"presets": "good_quality", "infer_limit": 0.01, "infer_limit_batch_size": 1},
            second=_NO_DYSTACK,
        ),
        Tool("ag_medium", "autogluon_adapter", "autogluon", _AUTOGLUON, {"presets": "medium_quality"}),
        Tool(
            "ag_best",
            "autogluon_adapter",
            "autogluon",
            _AUTOGLUON,
            {"presets": "best_quality"},
            second=_NO_DYSTACK,
            full=True,
        ),
        Tool("catboost", "boosted_adapter", "boosted", ("catboost",), {"library": "catboost"}, budgeted=False),
        Tool("lightgbm", "boosted_adapter", "boosted", ("lightgbm",), {"library": "lightgbm"}, budgeted=False),
        Tool("hgb", "boosted_adapter", "boosted", ("scikit-learn",), {"library": "hgb"}, budgeted=False),
        Tool("flaml", "flaml_adapter", "flaml", ("flaml", "lightgbm", "xgboost")),
        Tool("mljar", "mljar_adapter", "mljar", ("mljar-supervised", "lightgbm", "catboost", "xgboost")),
        Tool(
            "millwright_all",
            "millwright_adapter",
            "millwright",
            ("millwright", "lightgbm", "xgboost-cpu", "catboost"),
            {"families": "installed"},
        ),
    )
}
"""In the order in which they are run: where time runs out, the last ones are missing."""
