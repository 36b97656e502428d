"""What later labels said of decisions, as the catalogue keeps it."""

from catalogue_samples import a_score, a_version, decide

from millwright.registry import scores
from millwright.registry.catalogue import Catalogue


def test_a_decision_is_scored_once_and_then_waits_no_more(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        held, advised, said = decide(tx, "hold"), decide(tx, "retrain", mode="advise"), decide(tx, "alert")
        waiting = scores.open_decisions(tx, "trips", ("hold", "retrain"), limit=10)
        assert [one.number for one in waiting] == [held.number], "an advice was not done, an alert is not asked for"
        scores.add(tx, a_score(held.number))
        scores.add(tx, a_score(held.number, "wrong"))
        assert scores.open_decisions(tx, "trips", ("hold", "retrain"), limit=10) == ()
    with catalogue.read() as tx:
        assert scores.of(tx, held.number) == a_score(held.number), "what was entered stands"
        assert scores.of_all(tx, [held.number, advised.number, said.number]) == {held.number: a_score(held.number)}
