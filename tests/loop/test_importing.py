"""Models that scikit-learn fitted and skl2onnx converted go through the loop from the judge on."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from kiosk import at, changed, live, weeks
from kiosk_stages import Stages
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from millwright.data.columns import rows_in, take
from millwright.errors import ContractBroken, MillwrightError, ModelRefused
from millwright.loop.importing import import_onnx
from millwright.loop.opened import live_version, open_version
from millwright.loop.order import ANEW
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Progress, silent
from millwright.loop.propose import Choices
from millwright.loop.releasing import promote
from millwright.loop.retraining import NOTHING_KEPT, kept_of
from millwright.loop.table import Table
from millwright.loop.tick import tick
from millwright.package.keys import Trust
from millwright.package.verify import Verified, verify_package
from millwright.project import Project
from millwright.records.codec import from_json, sha256, to_json
from millwright.records.data import Snapshot
from millwright.records.imported import UNKNOWN_ROWS, OnnxChoices
from millwright.records.modelling import Split
from millwright.records.spec import GateSpec
from millwright.registry import runs
from millwright.search.folds import SEALED, load_assignment
from sample_projects import begin, respecify

FOREIGN = Path(__file__).parents[1] / "models" / "foreign"
FLIGHTS, BIKES, ADULT = (FOREIGN / name for name in ("flights_pipeline.onnx", "bikes_forest.onnx", "adult_forest.onnx"))
NUMBERS = ("distance", "wx_temp", "wx_wind_speed", "plane_seats")
BIKE_INPUTS = OnnxChoices(inputs=("hr,workingday,temp,hum",))
ADULT_INPUTS = OnnxChoices(inputs=("age,education_num,capital_gain,hours_per_week",))


def quick(project: Project, **more: Any) -> Project:
    """Judged with few resamples."""
    return respecify(project, evaluate=replace(project.spec.evaluate, resamples=100), **more)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> tuple[Project, TrainOutcome]:
    """The flights project with the pipeline as v1. Not to be written to."""
    project = begin(
        tmp_path_factory.mktemp("imported"), "flights_joined_2013.parquet", "arr_late15", Choices(time="scheduled_departure")
    )
    project = respecify(
        project, evaluate=replace(project.spec.evaluate, resamples=200), gates=(GateSpec(metric="log_loss", max=2),)
    )
    return project, project.import_onnx(FLIGHTS, reason="what the desk uses")


def package_of(project: Project, outcome: TrainOutcome) -> Verified:
    shop = project.workshop
    return verify_package(shop.home.packages / outcome.version.package, outcome.version.package, Trust(shop.trust))


def sealed_of(project: Project, outcome: TrainOutcome) -> tuple[Any, Any]:
    """The scorer of a version, and the sealed rows of its run in canonical cells."""
    payload, verified = open_version(project.workshop, outcome.version), package_of(project, outcome)
    snapshot = from_json(dict[str, Any], verified.files["provenance.json"])["snapshot"]
    table = Table(project.workshop, from_json(Snapshot, to_json(snapshot)), payload.scorer.contract)
    assignment = load_assignment(from_json(Split, verified.files["split.json"]), project.workshop.blobs)
    return payload.scorer, take(table.columns, np.flatnonzero(assignment == SEALED))


def test_every_sealed_row_gets_what_the_pipeline_itself_says_of_its_raw_cells(flights: tuple[Project, TrainOutcome]) -> None:
    scorer, columns = sealed_of(*flights)
    session = onnxruntime.InferenceSession(FLIGHTS.read_bytes(), providers=["CPUExecutionProvider"])
    answers = scorer.batch(columns)
    texts = {"carrier", "origin"}
    assert any(np.isnan(columns["plane_seats"])), "rows with missing numbers are among them"
    for at_row in range(rows_in(columns)):
        feeds = {
            taken.name: np.array([[columns[taken.name][at_row] or ""]], dtype=object)
            if taken.name in texts
            else np.array([[columns[taken.name][at_row]]], dtype=np.float32)
            for taken in session.get_inputs()
        }
        assert float(session.run(["probabilities"], feeds)[0][0, 1]) == answers[at_row]


def test_an_import_says_what_it_is_and_what_is_not_known(flights: tuple[Project, TrainOutcome]) -> None:
    project, outcome = flights
    assert UNKNOWN_ROWS in outcome.verdict.summary
    assert any(UNKNOWN_ROWS in line for line in outcome.lines)
    verified = package_of(project, outcome)
    made = from_json(dict[str, Any], verified.files["provenance.json"])["imported"]
    assert (made["file"], made["sha256"]) == (FLIGHTS.name, sha256(FLIGHTS.read_bytes()))
    assert made["producer"].startswith("skl2onnx")
    assert made["reason"] == "what the desk uses"
    assert verified.payload["model/model.onnx"] == FLIGHTS.read_bytes()
    card, page = verified.files["card.md"].decode(), project.report().read_text()
    for text in (card, page):
        assert UNKNOWN_ROWS in text
        assert "elsewhere, learnt from" not in text
        assert "on which rows it was trained is not known" in text
        assert made["sha256"][:12] in text
    assert "never seen" not in page
    assert dict(outcome.evaluation.importance).keys() == {
        "distance",
        "wx_temp",
        "wx_wind_speed",
        "plane_seats",
        "carrier",
        "origin",
    }
    assert outcome.evaluation.validation_score is None
    assert project.runs()[0].reason.startswith("what the desk uses: ")


def test_it_was_made_elsewhere_and_is_not_rebuilt(flights: tuple[Project, TrainOutcome]) -> None:
    project, outcome = flights
    with pytest.raises(ModelRefused, match=FLIGHTS.name) as refused:
        project.rebuild(outcome.version.name)
    assert refused.value.code == "rebuild.imported"


def test_the_same_file_again_is_the_same_version(flights: tuple[Project, TrainOutcome], tmp_path: Path) -> None:
    project = Project(shutil.copytree(flights[0].path.parent, tmp_path / "again"))
    seen: list[Progress] = []
    again = project.import_onnx(FLIGHTS, reason="what the desk uses", listen=seen.append)
    assert again.version == flights[1].version
    assert {one.stage for one in seen if one.reused} >= {"split", "import", "evaluate", "package"}


def test_it_is_a_version_like_any_other_but_goes_live_by_hand(flights: tuple[Project, TrainOutcome], tmp_path: Path) -> None:
    project = Project(shutil.copytree(flights[0].path.parent, tmp_path / "live"))
    automatic = respecify(project, release=replace(project.spec.release, mode="auto"))
    outcome = automatic.import_onnx(FLIGHTS)
    assert (outcome.verdict.state, outcome.released, outcome.live) == ("passed", False, None)
    automatic.promote(outcome.version.name)
    assert live_version(automatic.workshop) == outcome.version
    with pytest.raises(MillwrightError) as refused:
        automatic.export_onnx(tmp_path / "model.onnx")
    assert refused.value.code == "export.imported"
    done = automatic.export_container(tmp_path / "image")
    assert any(line.startswith("onnxruntime==") for line in done.requirements)
    assert "[onnx]" in (Path(automatic.export_mlflow(tmp_path / "mlflow").folder) / "requirements.txt").read_text()


def test_a_killed_import_is_gone_on_with_and_a_training_run_does_not_take_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = quick(begin(tmp_path, "bike_sharing.parquet", "cnt", families=("baseline",)))

    def killed(*_args: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("millwright.loop.train.judge_candidate", killed)
        with pytest.raises(KeyboardInterrupt):
            project.import_onnx(BIKES, choices=BIKE_INPUTS)
    stopped = project.runs()[0]
    trained = project.train()
    assert trained.run != stopped.id
    outcome = project.import_onnx(BIKES, choices=BIKE_INPUTS)
    assert (outcome.run, project.runs()[1].state) == (stopped.id, "finished")
    assert outcome.evaluation.coverage is not None
    assert outcome.version.number == 2


def test_a_forest_of_text_classes_and_whole_numbers_answers_as_it_does(tmp_path: Path) -> None:
    project = quick(begin(tmp_path, "adult.csv", "income"))
    outcome = project.import_onnx(ADULT, choices=ADULT_INPUTS)
    scorer, columns = sealed_of(project, outcome)
    session = onnxruntime.InferenceSession(ADULT.read_bytes(), providers=["CPUExecutionProvider"])
    names = ADULT_INPUTS.inputs[0].split(",")
    X = np.stack([columns[name] for name in names], axis=1).astype(np.int64)
    expected: NDArray[Any] = np.vstack([session.run(["probabilities"], {"X": row[None]})[0] for row in X])[:, 1]
    assert scorer.info.positive == ">50K"
    assert expected.max() > 1, "it rounds beyond 1, and that is cut"
    assert np.array_equal(scorer.batch(columns), np.minimum(expected.astype(np.float64), 1.0))


REFUSED = [
    (FOREIGN / "flights_zipmap.onnx", OnnxChoices(), "onnx.zipmap"),
    (BIKES, OnnxChoices(inputs=("distance,plane_seats,wx_temp,wx_humid",)), "onnx.probability"),
    (BIKES, OnnxChoices(inputs=("distance,plane_seats,wx_temp",)), "onnx.columns"),
    (BIKES, OnnxChoices(inputs=("distance,plane_seats,wx_temp,dep_delay",)), "onnx.column"),
]


@pytest.mark.parametrize(("path", "choices", "code"), REFUSED)
def test_a_model_that_does_not_fit_is_refused_by_name_and_recorded(
    flights: tuple[Project, TrainOutcome], tmp_path: Path, path: Path, choices: OnnxChoices, code: str
) -> None:
    project = Project(shutil.copytree(flights[0].path.parent, tmp_path / "refused"))
    with pytest.raises(ModelRefused) as refused:
        project.import_onnx(path, choices=choices)
    assert refused.value.code == code
    assert str(refused.value).startswith(path.name)
    assert project.runs()[0].state == "failed"
    assert len(project.versions()) == 1
    assert project.verify_audit().ok


def test_what_was_exported_can_be_imported_elsewhere(trained_adult: Path, tmp_path: Path) -> None:
    """The graph, its feature plan and its classes: the answers of the version it was made of, within rounding."""
    source = Project(shutil.copytree(trained_adult, tmp_path / "there"))
    source.export_onnx(tmp_path / "model.onnx", version="v1")
    project = quick(begin(tmp_path, "adult.csv", "income"))
    outcome = project.import_onnx(tmp_path / "model.onnx")
    scorer, columns = sealed_of(project, outcome)
    theirs = open_version(source.workshop, source.versions()[-1]).scorer
    assert scorer.plan == theirs.plan
    assert np.abs(scorer.batch(columns) - theirs.batch(columns)).max() < 1e-12
    (tmp_path / "model.onnx").write_bytes(ADULT.read_bytes())
    with pytest.raises(ModelRefused) as refused:
        project.import_onnx(tmp_path / "model.onnx")
    assert refused.value.code == "onnx.beside"


def test_a_row_without_an_answer_is_refused_by_its_number(stages: Stages, tmp_path: Path) -> None:
    """The logarithm has an answer to all the warmth there was, and none below zero."""
    project = changed(stages.copy("opened", tmp_path / "kiosk"), data={"ignore": ("square",)})
    nodes = [helper.make_node("Max", ["X", "little"], ["m"]), helper.make_node("Sqrt", ["X"], ["r"])]
    nodes.append(helper.make_node("Add", ["m", "r"], ["y"]))
    (tmp_path / "root.onnx").write_bytes(one_column(nodes, little=-1e9))
    frost = "id,at,warmth,square,sold\n" + "".join(f"s{i},2024-01-05,{w},square 1,\n" for i, w in enumerate((9, 16, -4)))
    (tmp_path / "frost.csv").write_text(frost)
    (project.path.parent / "sales.csv").write_text(above_zero((project.path.parent / "sales.csv").read_text()))
    outcome = import_onnx(at(project, weeks(0)), tmp_path / "root.onnx", OnnxChoices(inputs=("warmth",)), silent)
    with pytest.raises(ContractBroken) as refused:
        project.predict(tmp_path / "frost.csv", tmp_path / "answers.csv", version=outcome.version.name)
    assert (refused.value.code, refused.value.row) == ("model.no_answer", 3)
    scorer = open_version(project.workshop, outcome.version).scorer
    rows = [{"at": "2024-01-05", "warmth": warmth, "id": "x"} for warmth in (9, -4, 16)]
    with pytest.raises(ContractBroken) as caught:
        scorer.answer_rows(rows)
    assert (caught.value.code, caught.value.row) == ("model.no_answer", 2)
    assert scorer.answer_rows(rows[:1])[0][0]["value"] == 12.0


def above_zero(text: str) -> str:
    """The sales of days without frost."""
    head, *lines = text.splitlines()
    return "\n".join([head, *(line for line in lines if float(line.split(",")[2]) > 0)]) + "\n"


def twice_the_warmth() -> bytes:
    return one_column(
        [helper.make_node("Mul", ["X", "two"], ["m"]), helper.make_node("Add", ["m", "base"], ["y"])], two=2, base=70
    )


def one_column(nodes: list[Any], **constants: float) -> bytes:
    """A regression of one float64 column X by these nodes, which make y."""
    given, made = (helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in "Xy")
    held = [numpy_helper.from_array(np.array([float(value)]), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "by hand", [given], [made], held)
    content: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()
    return content


def test_a_retrain_of_an_imported_model_searches_anew_and_says_so(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("opened", tmp_path / "kiosk"), retrain={"search": "keep"})
    (tmp_path / "warmth.onnx").write_bytes(twice_the_warmth())
    shop = at(project, weeks(0))
    outcome = import_onnx(shop, tmp_path / "warmth.onnx", OnnxChoices(inputs=("warmth",)), silent)
    assert outcome.verdict.champion == "v1"
    promote(shop, outcome.version.name, reason="by hand", force=True)
    live(project, weeks(0), weeks(2))
    assert kept_of(at(project, weeks(2))) == ANEW
    told: list[Progress] = []
    decided = [decision.action for decision in tick(at(project, weeks(2)), told.append).decisions]
    assert decided == ["retrain", "shadow"]
    assert any(one.message == NOTHING_KEPT for one in told)
    with project.workshop.catalogue.read() as view:
        assert runs.page(view, "kiosk")[0].state == "finished"
