"""The pages say what the code does: links, commands, codes and fields exist, and generated pages are up to date."""

import contextlib
import importlib.util
import io
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import click
import pytest

import millwright
from millwright.cli.main import COMMANDS, cli
from millwright.project import Project
from millwright.serve.openapi.document import document
from millwright.spec.schema import descriptions

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "millwright"
PAGES = sorted(DOCS.glob("*.md"))
ALL = [*PAGES, *sorted((DOCS / "decisions").glob("*.md")), ROOT / "README.md"]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TICKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"[a-z]+(?:_[a-z]+)*[.:][a-z_]+(?:\.[a-z_]+)*")
COMMAND = re.compile(r"(?<![\w./-])mw(?: -[Cf] \S+)*((?: [a-z][a-z-]*){1,2})(?=[\s`:]|$)", re.MULTILINE)
METRIC = re.compile(r"millwright_[a-z_]+")


def page_id(page: Path) -> str:
    return page.name


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def ticked(page: Path) -> set[str]:
    """What stands between single backticks, outside of code blocks."""
    return set(TICKED.findall(FENCE.sub("", text_of(page))))


def source_text() -> str:
    return "\n".join(text_of(file) for file in sorted(SOURCE.rglob("*.py")))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("make_spec_page", "spec.md"),
        ("make_cli_page", "cli.md"),
        ("make_openapi", "openapi.json"),
        ("make_control_plane_openapi", "control-plane.openapi.json"),
    ],
)
def test_a_generated_page_is_up_to_date(name: str, page: str) -> None:
    assert text_of(DOCS / page) == script(name).page(), f"run: python scripts/{name}.py"


def test_every_page_is_linked_from_the_index() -> None:
    linked = set(LINK.findall(text_of(DOCS / "README.md")))
    there = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}
    assert there - linked == set()


@pytest.mark.parametrize("page", ALL, ids=page_id)
def test_every_relative_link_resolves(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", text_of(page))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in set(anchors(target)), link


def anchors(page: Path) -> Iterator[str]:
    """The anchors of a page's headings, as repository hosts make them."""
    for line in FENCE.sub("", text_of(page)).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").strip().lower()
            yield re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


@pytest.mark.parametrize("page", ALL, ids=page_id)
def test_every_command_named_exists(page: Path) -> None:
    for match in COMMAND.finditer(code_of(page)):
        name, *inner = match[1].split()
        assert name in COMMANDS, match[0]
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group) and inner:
            assert inner[0] in command.commands, match[0]


@pytest.mark.parametrize("page", ALL, ids=page_id)
def test_every_option_named_with_a_command_exists(page: Path) -> None:
    for line in code_of(page).replace("\\\n", " ").splitlines():
        for part in re.split(r"[|;#]|&&", line):
            match = re.search(r"(?:^|[\s$])mw(?: -[Cf] \S+)* ([a-z]+)( .*)?$", part.strip())
            if match and match[1] in COMMANDS:
                known = options_of(match[1])
                assert {*re.findall(r"(?<!\S)--[a-z][a-z-]*", match[2] or "")} <= known, line


def options_of(name: str) -> set[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    return {
        option for part in parts for parameter in part.params for option in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help"}


def code_of(page: Path) -> str:
    """What a page shows as code: blocks and ticked words. Prose may speak of mw as it likes."""
    text = text_of(page)
    return "\n".join([*(body for _, body in FENCE.findall(text)), *TICKED.findall(FENCE.sub("", text))])


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_code_and_field_named_exists(page: Path) -> None:
    """`data.empty` is an error's code or a field of the spec; `rows:few` is a check's. Files and modules are neither."""
    source, fields = source_text(), {".".join(path) for path in descriptions()}
    for word in ticked(page):
        if not CODE.fullmatch(word) or (SOURCE.parent / word).exists() or Path(word).suffix in FILES:
            continue
        assert word in fields or is_code(word, source), f"{page.name}: {word}"


FILES = (".py", ".md", ".yaml", ".yml", ".json", ".db", ".csv", ".parquet", ".html", ".sig", ".pub", ".key", ".txt")


def is_code(word: str, source: str) -> bool:
    """Whether the code knows it: in quotes, as a name of the Python surface, or, with a colon, by its head in quotes."""
    owner, _, name = word.partition(".")
    if owner in SURFACE:
        return hasattr(SURFACE[owner], name)
    head, _, tail = word.partition(":")
    if head == "target":
        return f'"{tail}"' in text_of(SOURCE / "data" / "target_checks.py")
    return f'"{word}"' in source or (bool(tail) and f'"{head}"' in source)


SURFACE = {"mw": millwright, "project": Project}


@pytest.mark.parametrize("page", [DOCS / "serving.md", DOCS / "data-checks.md"], ids=page_id)
def test_codes_in_tables_are_raised_somewhere(page: Path) -> None:
    source = source_text()
    rows = [line.split("|")[1:3] for line in text_of(page).splitlines() if line.startswith("| ")]
    codes = {code for row in rows for cell in row for code in TICKED.findall(cell) if re.fullmatch(r"[a-z]+\.[a-z_]+", code)}
    assert codes
    fields = {".".join(path) for path in descriptions()}
    assert [code for code in codes - fields if f'"{code}"' not in source] == []


def test_every_code_of_a_check_has_its_explanation() -> None:
    """What the checks can say (the heads of their codes, and each code of the target) is on the page."""
    page = text_of(DOCS / "data-checks.md")
    data = "\n".join(text_of(file) for file in sorted((SOURCE / "data").glob("*.py")))
    whole = set(re.findall(r'code="((?:rows|key|duplicates):[a-z_]+)"', data))
    target = {f"target:{name}" for name in re.findall(r'_check\(\s*target,\s*"([a-z_]+)"', data)}
    heads = {f"{head}:COLUMN" for head in re.findall(r'code=f"([a-z_]+):\{', data)} - {"target:COLUMN"}
    assert len(whole) >= 7
    assert len(target) >= 8
    assert heads
    for code in whole | target | heads | {"leak:COLUMN", "known_later:COLUMN"}:
        assert f"`{code}`" in page, code


def test_every_code_that_a_server_answers_with_is_in_its_table() -> None:
    page = text_of(DOCS / "serving.md")
    raised = set()
    for file in sorted((SOURCE / "serve").rglob("*.py")):
        raised |= set(re.findall(r'code="([a-z_.]+)"', text_of(file)))
    inside = {"serve.settings", "port.taken", "release.older", "release.newest", "keys.damaged", "auth.open", "auth.no_key"}
    inside |= {"server.start", "tls.file", "tls.certificate", "tls.key", "tls.mismatch", "tls.expired", "tls.pair"}
    inside |= {"container.argv", "container.port", "otel.missing", "otel.setting"}  # said by a process that does not start
    assert {code for code in raised - inside if f"`{code}`" not in page} == set()


def test_every_status_of_the_error_table_is_in_the_openapi_document() -> None:
    """405 is the answer to a method that is no operation."""
    statuses = set(re.findall(r"^\| (4\d\d|5\d\d) \|", text_of(DOCS / "serving.md"), re.MULTILINE))
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert statuses >= {"400", "409", "422", "503"}
    assert statuses - {"405"} - {status for operation in operations for status in operation["responses"]} == set()


def test_every_metric_of_a_server_is_in_its_table() -> None:
    page = text_of(DOCS / "serving.md")
    made = set(METRIC.findall(text_of(SOURCE / "serve" / "metrics.py")))
    named = {name.removesuffix("_total") for name in METRIC.findall(page)}
    assert made == named


def test_every_function_named_in_the_statistics_is_where_the_page_says() -> None:
    sentences = text_of(DOCS / "statistics.md").split("**Code.**")[1:]
    assert len(sentences) >= 8
    for sentence in sentences:
        for part in sentence.split("\n\n")[0].split(";"):
            file, *functions = TICKED.findall(part)
            source = text_of(ROOT / file)
            assert [name for name in functions if f"def {name}(" not in source] == [], file


@pytest.mark.parametrize("page", ALL, ids=page_id)
def test_no_page_mentions_a_path_of_a_machine(page: Path) -> None:
    found = re.findall(r"(?<![\w.~])/(?:tmp|work|home|root|Users|var)/\S+", text_of(page))
    assert [path for path in found if page.name != "cli.md" or path != "/tmp/flights"] == []


@pytest.mark.slow
@pytest.mark.parametrize(("page", "many"), [("python.md", 3), ("notebook.md", 1)])
def test_the_python_pages_run_and_print_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, many: int
) -> None:
    """Every example in order, in one folder. Words are compared; figures may differ in the last digit elsewhere. The search
    does a few fits, and not as many as its budget has time for."""
    monkeypatch.setattr(millwright, "init", _begun_with_few_fits)
    shutil.copy(ROOT / "tests" / "data" / "samples" / "adult.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MILLWRIGHT_SIGNING_KEY", str(tmp_path / "signing.key"))
    monkeypatch.setenv("MILLWRIGHT_THREADS", "1")
    blocks = FENCE.findall(text_of(DOCS / page))
    examples = [(code, said) for (kind, code), (then, said) in pairwise(blocks) if (kind, then) == PAIR]
    assert len(examples) == many
    for code, said in examples:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, page, "exec"), {"__name__": "example"})
        assert words(out.getvalue()) == words(said)


def _begun_with_few_fits(source: str, target: str) -> Project:
    """`mw.init`, with `search.trials` in the spec that it writes."""
    project = Project.init(source, target)
    text = project.path.read_text()
    few = re.sub(r"^search:$", "search:\n  trials: 12", text, flags=re.MULTILINE)
    assert few != text
    project.path.write_text(few)
    return project


PAIR = ("python", "text")


def words(text: str) -> list[str]:
    """The text without its decimals."""
    return re.sub(r"\d+\.\d+", "#", text).split()


def test_the_frame_reader_of_the_log_page_reads_what_the_log_writes(tmp_path: Path) -> None:
    from millwright.predictions.frames import frame

    code = next(body for kind, body in FENCE.findall(text_of(DOCS / "logs.md")) if kind == "python")
    names: dict[str, object] = {}
    exec(compile(code, "logs.md", "exec"), names)
    segment = tmp_path / "w000-s000001-p0001.seg"
    segment.write_bytes(frame(b'{"a":1}\n{"a":2}\n') + frame(b'{"a":3}\n') + frame(b'{"a":4}\n')[:-1])
    lines = names["lines"]
    assert callable(lines)
    assert list(lines(str(segment))) == [{"a": 1}, {"a": 2}, {"a": 3}]
