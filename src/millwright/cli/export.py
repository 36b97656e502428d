"""mw export"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.models.onnx_graph import Precision

F = TypeVar("F", bound=Callable[..., Any])


@click.group(
    "export",
    epilog=examples("mw export container --out image", "mw export mlflow v3 --out model", "mw export onnx --out model.onnx"),
)
def command() -> None:
    """A version in other people's forms. It is verified first, and must answer its golden rows."""


def _what_and_where(function: F) -> F:
    """Add VERSION, --force and --json to a command."""
    version = click.argument("version", required=False, metavar="[VERSION]")
    force = click.option("--force", is_flag=True, help="Replace an earlier export there.")
    return version(force(json_option(function)))


@command.command(
    "container",
    epilog=examples(
        "mw export container --out image && docker build -t flights:v3 image",
        "mw export container v3 --out image --image registry.example.com/flights:v3 --gateway public",
    ),
)
@click.option(
    "--output", "--out", "out", required=True, type=click.Path(path_type=Path), help="The folder to write: a build context."
)
@click.option("--image", metavar="NAME", help="The image's name in the manifests.  [default: PROJECT:VERSION]")
@click.option("--base", metavar="NAME", help="The image to build on.  [default: python, as here, slim]")
@click.option("--gateway", metavar="NAME", default="gateway", show_default=True, help="The Gateway that routes belong to.")
@click.option(
    "--wheel", type=click.Path(path_type=Path), help="A wheel of Millwright.  [default: one made of this installation]"
)
@_what_and_where
@click.pass_obj
def container(chosen: dict[str, Any], /, version: str | None, out: Path, force: bool, as_json: bool, **options: Any) -> None:
    """Write what builds and runs a container that serves a version (what is live): Dockerfile, package, keys, manifests.

    Nothing is built, pushed or applied. The container listens on every address, knows no users and takes any Host: who may
    reach it is the platform's to say.
    """
    from millwright.export.container import ContainerOptions

    done = project(chosen).export_container(out, version=version, options=ContainerOptions(**options), force=force)
    if as_json:
        emit("millwright.export-container/1", to_plain(done))
        return
    tell(f"{done.version} as a container: {done.folder} ({done.files} files, package {done.package[:12]}).")
    tell(f"  on {done.base}, with {len(done.requirements)} pinned libraries")
    tell(f"  Millwright itself: wheels/{done.wheel}" + (", made of this installation" if options["wheel"] is None else ""))
    tell(f"  build: docker build -t {done.image} {done.folder}")
    tell(f"  run:   docker run --read-only -v state:/srv/millwright -p 8080:8080 {done.image} serve")
    tell(f"  or:    kubectl apply -f {done.folder}/kubernetes -f {done.folder}/kubernetes/route/live.yaml")
    tell("It takes any Host and asks for no key: let only your platform reach it.")


@command.command("mlflow", epilog=examples("mw export mlflow --out model", "mw export mlflow v3 --out model --json"))
@click.option(
    "--output", "--out", "out", required=True, type=click.Path(path_type=Path), help="The folder to write: an MLflow model."
)
@_what_and_where
@click.pass_obj
def mlflow(chosen: dict[str, Any], version: str | None, out: Path, force: bool, as_json: bool) -> None:
    """Write a version (what is live) as a folder that MLflow's own loader reads; MLflow is not needed for that.

    Its predictions are those of `mw predict`, to the bit. The package in it is verified at each load.
    """
    done = project(chosen).export_mlflow(out, version=version, force=force)
    if as_json:
        emit("millwright.export-mlflow/1", to_plain(done))
        return
    tell(f"{done.version} as an MLflow model: {done.folder} ({done.files} files, package {done.package[:12]}).")
    tell(f"  mlflow.pyfunc.load_model({done.folder!r}).predict(frame), where millwright is installed")


@command.command(
    "onnx", epilog=examples("mw export onnx --out model.onnx", "mw export onnx v3 --out small.onnx --precision float32")
)
@click.option(
    "--output", "--out", "out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The .onnx file to write."
)
@click.option(
    "--precision",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="Of the input and the trees.",
)
@_what_and_where
@click.pass_obj
def onnx(chosen: dict[str, Any], version: str | None, out: Path, precision: "Precision", force: bool, as_json: bool) -> None:
    """Write a version (what is live) as an ONNX graph, from feature vectors to calibrated outputs.

    Cells become features outside of it, by the plan that is written beside it as JSON. The graph is run on golden rows and on
    rows that the version was trained on; where it answers otherwise, nothing is written.
    """
    done = project(chosen).export_onnx(out, version=version, precision=precision, force=force)
    if as_json:
        emit("millwright.export-onnx/1", to_plain(done))
        return
    parity = done.parity
    tell(f"{done.version} as an ONNX graph ({done.precision}): {done.model}; what its input means: {done.columns}.")
    rows = f"{parity.golden_rows:,} golden rows and {parity.real_rows:,} real ones"
    tell(f"  largest difference of {done.output} on {rows}: {parity.largest:.3g} (allowed: {parity.allowed:.3g})")
