"""What many runs come to together, in whatever order they come."""

import json

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.coverage import Accident, Chance, Coverage
from emulator.core.exploration import Exploration, NotRun, Tried, example_document
from emulator.core.symptom import Symptom
from emulator.core.verdict import Judgement, Verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TWICE = Chance(Accident.TWICE, "shop", ("order.paid",))


def tried(seed: int, verdict: Verdict, *whats: str, sends: int = 3, judged: bool = True) -> Tried:
    return Tried(
        seed=seed,
        verdict=verdict,
        symptoms=frozenset(Symptom(0, "e", what) for what in whats),
        doubts=frozenset({"not settled"}) if verdict is INCONCLUSIVE else frozenset(),
        coverage=Coverage(possible=frozenset({TWICE}), tried=frozenset({TWICE} if sends > 3 else ())),
        sends=sends,
        judgement=Judgement(verdict=verdict) if judged else None,
    )


def explored(*runs: Tried | NotRun) -> Exploration:
    found = Exploration()
    for one in runs:
        found.add(one)
    return found


def test_the_simplest_run_stands_for_a_cause() -> None:
    found = explored(
        tried(1, FAIL, "a", sends=9),
        tried(2, FAIL, "a", sends=4),
        tried(3, FAIL, "a", "b", sends=1),
        tried(4, FAIL, "a", sends=4),
        tried(5, FAIL, "a", sends=1, judged=False),
    )
    [example] = found.examples()
    assert (example.seed, example.cause.seeds) == (2, (1, 2, 3, 4, 5))
    assert (found.failed, found.first_failed, found.kinds) == (5, 1, 2)
    assert json.loads(json.dumps(example_document(example, "c.json")))["seed"] == 2


def test_what_it_comes_to() -> None:
    assert explored().verdict() is INCONCLUSIVE
    assert explored(tried(1, PASS)).verdict() is PASS
    assert explored(tried(1, PASS)).verdict(complete=False) is INCONCLUSIVE
    assert explored(tried(1, PASS), tried(2, INCONCLUSIVE)).verdict() is INCONCLUSIVE
    assert explored(tried(1, PASS), NotRun(seed=2, why="killed")).verdict() is INCONCLUSIVE
    assert explored(tried(1, INCONCLUSIVE), tried(2, FAIL, "a"), NotRun(seed=3, why="")).verdict(complete=False) is FAIL


def test_it_is_told_in_numbers() -> None:
    found = explored(tried(1, PASS, sends=4), tried(2, INCONCLUSIVE), NotRun(seed=9, why="killed"))
    document = json.loads(json.dumps(found.document()))
    assert document["runs"] == {"pass": 1, "fail": 0, "inconclusive": 1, "not_run": 1}
    assert document["coverage"]["twice"]["tried"] == 1
    assert document["inconclusive"] == [{"why": "not settled", "runs": 1}]
    assert document["not_run"] == [{"seed": 9, "why": "killed"}]


runs = st.builds(
    lambda seed, verdict, whats, sends: tried(seed, verdict, *(whats if verdict is FAIL else ()), sends=sends),
    st.integers(0, 1000),
    st.sampled_from(list(Verdict)),
    st.sets(st.sampled_from("abc"), min_size=1),
    st.integers(1, 9),
)
several = st.lists(runs, max_size=12, unique_by=lambda one: one.seed)


@given(found=several, order=st.randoms(use_true_random=False))
def test_the_order_in_which_runs_end_is_nothing(found: list[Tried], order: object) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = explored(*found), explored(*shuffled)
    assert one.examples() == other.examples()
    assert (one.document(), one.verdict()) == (other.document(), other.verdict())


@given(found=several)
def test_every_run_counts_once_and_every_failure_has_an_example(found: list[Tried]) -> None:
    exploration = explored(*found)
    assert exploration.runs == len(found)
    seeds = {seed for example in exploration.examples() for seed in example.cause.seeds}
    assert seeds == {one.seed for one in found if one.verdict is FAIL}
    assert all(example.seed in example.cause.pure for example in exploration.examples())
