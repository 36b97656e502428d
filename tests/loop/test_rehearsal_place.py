"""A rehearsal's folder: what an earlier one settled for its table says nothing of the next."""

from pathlib import Path

from millwright.loop.rehearsal.place import TUNED, clear


def test_contracts_of_an_earlier_rehearsal_are_gone_also_where_policies_were_tried(tmp_path: Path) -> None:
    folders = [tmp_path, tmp_path / TUNED / "1", tmp_path / TUNED / "2"]
    for folder in folders:
        (folder / "trust").mkdir(parents=True)
        (folder / "contract.yaml").write_text("columns: []\n")
        (folder / "kept").write_text("a model")
    clear(tmp_path)
    assert not any((folder / name).exists() for folder in folders for name in ("contract.yaml", "trust"))
    assert all((folder / "kept").exists() for folder in folders)
