from dataclasses import replace

import pytest
from catalogue_samples import DAY, HOUR, a_run, a_step, a_trial

from millwright.errors import Conflict, NotFound
from millwright.registry import audit, runs, steps, trials
from millwright.registry.catalogue import Catalogue


def test_a_run_comes_back_as_it_was_entered(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run())
    with catalogue.read() as tx:
        assert runs.get(tx, "r1") == a_run()
        assert [entry.action for entry in audit.about(tx, "run r1")] == ["run.start"]


def test_an_id_is_taken_once(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run())
        with pytest.raises(Conflict):
            runs.start(tx, a_run())


def test_a_run_ends_once(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run())
        ended = runs.finish(tx, "r1", "failed", at=DAY + HOUR, reason="no disk")
        assert runs.finish(tx, "r1", "failed", at=DAY + 2 * HOUR) == ended
        assert runs.get(tx, "r1") == ended == replace(a_run(), state="failed", finished_at=DAY + HOUR, reason="no disk")
        with pytest.raises(Conflict, match="ended already: failed"):
            runs.finish(tx, "r1", "finished", at=DAY)
        assert [entry.action for entry in audit.about(tx, "run r1")] == ["run.start", "run.failed"]


def test_an_unknown_run_is_not_found(catalogue: Catalogue) -> None:
    with catalogue.read() as tx, pytest.raises(NotFound, match="no run r9"):
        runs.get(tx, "r9")


def test_a_run_is_found_by_how_its_id_begins(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for name in ("0193aa-1", "0193ab-1", "retrain-trips-1", "retrain-trips-12"):
            runs.start(tx, a_run(name))
        runs.start(tx, a_run("0200", project="taxis"))
    with catalogue.read() as tx:
        assert runs.beginning(tx, "trips", "0193aa").id == "0193aa-1"
        assert runs.beginning(tx, "trips", "retrain-trips-1").id == "retrain-trips-1", "a whole id is no beginning"
        with pytest.raises(Conflict, match="2 runs begin with 0193a"):
            runs.beginning(tx, "trips", "0193a")
        with pytest.raises(NotFound) as missing:
            runs.beginning(tx, "trips", "0193aa-2")
        assert missing.value.fix == 'did you mean "0193aa-1"?'
        for begins in ("0200", "%", ""):
            with pytest.raises(NotFound):
                runs.beginning(tx, "trips", begins)


def test_the_unfinished_run_of_a_spec_is_found(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run("done"))
        runs.finish(tx, "done", "finished", at=DAY)
        assert runs.unfinished(tx, "trips", "s" * 64) is None
        runs.start(tx, a_run("older", at=DAY))
        runs.start(tx, a_run("newer", at=DAY + HOUR))
        runs.start(tx, a_run("elsewhere", project="taxis", at=DAY + 2 * HOUR))
        runs.start(tx, a_run("other spec", spec="t" * 64, at=DAY + 2 * HOUR))
        found = runs.unfinished(tx, "trips", "s" * 64)
    assert found is not None
    assert found.id == "newer"


def test_runs_come_in_pages_the_newest_first_even_of_one_instant(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for number in range(10):
            runs.start(tx, a_run(f"r{number}", at=DAY + (number // 2) * HOUR))
        seen, last = [], None
        while page := runs.page(tx, "trips", before=last, limit=3):
            seen += [run.id for run in page]
            last = page[-1]
    assert seen == [f"r{number}" for number in reversed(range(10))]


def test_a_step_is_found_by_what_went_in(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run())
        assert steps.find(tx, "snapshot", "i1") is None
        assert steps.record(tx, a_step()) == a_step()
        assert steps.find(tx, "snapshot", "i1") == a_step()
        assert steps.find(tx, "snapshot", "i2") is None
        assert steps.find(tx, "profile", "i1") is None


def test_a_step_that_ran_twice_counts_once(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run("r1"))
        runs.start(tx, a_run("r2"))
        first = steps.record(tx, a_step("r1", output="first"))
        assert steps.record(tx, a_step("r1", output="second")) == first
        again = steps.record(tx, a_step("r2", output="third"))
        assert (again.output, again.reused) == ("first", True)
        assert steps.record(tx, a_step("r2", output="fourth")) == again
        assert steps.find(tx, "snapshot", "i1") == first
        assert steps.of_run(tx, "r1") == (first,)
        assert steps.of_run(tx, "r2") == (again,)


def test_a_lost_output_is_made_anew(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run("r1"))
        runs.start(tx, a_run("r2"))
        steps.record(tx, a_step("r1"))
        steps.mark_lost(tx, "snapshot", "i1")
        assert steps.find(tx, "snapshot", "i1") is None
        anew = steps.record(tx, a_step("r2", output="anew"))
        assert not anew.reused
        assert steps.find(tx, "snapshot", "i1") == anew
        assert steps.of_run(tx, "r1") == ()


def test_trials_are_kept_by_search(catalogue: Catalogue) -> None:
    failed = replace(a_trial(1, None), state="failed", fold_scores=(), reason="out of memory")
    with catalogue.write() as tx:
        runs.start(tx, a_run())
        trials.keep(tx, "q1", "r1", failed)
        trials.keep(tx, "q1", "r1", a_trial(0, 0.99))
        trials.keep(tx, "q1", "r1", a_trial(0))
        trials.keep(tx, "q2", "r1", a_trial(-1))
    with catalogue.read() as tx:
        assert trials.of_search(tx, "q1") == (a_trial(0), failed)
        assert trials.of_search(tx, "q3") == ()
        assert trials.of_run(tx, "r1") == (a_trial(0), failed), "of its searches the one that came furthest"
        assert trials.of_run(tx, "r2") == ()


def test_candidates_on_the_same_sealed_rows_are_counted(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        runs.start(tx, a_run())
        counted = [
            steps.opening(tx, rows, name, run="r1", at=DAY) for rows, name in (("a", "x"), ("a", "y"), ("a", "x"), ("b", "y"))
        ]
    assert counted == [1, 2, 1, 1]
