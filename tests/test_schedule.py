"""The schedule does every task once, in an order that works, whoever is free and whatever fails."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from langcov.engines import schedule
from langcov.engines.blocks import Read
from langcov.engines.parts import TEXT, Part, mergeable
from langcov.engines.schedule import Analyse, Count, Merge, Prepare, Schedule, Task


def run(plan: Schedule, sizes: list[int], lanes: int, rng: random.Random, failing: float) -> list[Task]:
    """Play a run through: every free worker asks for a task, a random one ends or is lost; return what was done."""
    at_hand: dict[int, int | None] = dict.fromkeys(range(lanes))
    under_way: dict[int, Task] = {}
    done: list[Task] = []
    number = 0
    while not plan.is_over:
        if plan.may_read():
            if number < len(sizes):
                plan.add(Read(number, sizes[number], 1, ("eng_Latn",)))
                number += 1
            else:
                plan.all_read = True
        for lane in range(lanes):
            if lane not in under_way and (task := plan.next(at_hand[lane])) is not None:
                under_way[lane] = task
        if not under_way:
            continue
        lane = rng.choice(sorted(under_way))
        task = under_way.pop(lane)
        if rng.random() < failing:
            plan.failed(task)
            at_hand[lane] = None
            continue
        if isinstance(task, Count):
            assert task.place in plan.ready
        if isinstance(task, Prepare | Count):
            at_hand[lane] = task.place
        done.append(task)
        plan.done(task)
    assert not under_way
    return done


@given(
    tokenizers=st.integers(1, 6),
    lanes=st.integers(1, 5),
    sizes=st.lists(st.integers(1, 200 << 20), min_size=1, max_size=40),
    prepare_first=st.booleans(),
    failing=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 2**32),
)
def test_every_block_is_counted_once_by_every_tokenizer_and_all_parts_become_one(
    tokenizers: int, lanes: int, sizes: list[int], prepare_first: bool, failing: float, seed: int
) -> None:
    plan = Schedule(tokenizers, lanes, prepare_first)
    done = run(plan, sizes, lanes, random.Random(seed), failing)
    assert sorted(task for task in done if isinstance(task, Prepare)) == [
        Prepare(place) for place in range(tokenizers)
    ]
    assert sorted(task.block for task in done if isinstance(task, Analyse)) == list(range(len(sizes)))
    assert sorted(task for task in done if isinstance(task, Count)) == [
        Count(place, block) for place in range(tokenizers) for block in range(len(sizes))
    ]
    last = len(sizes) - 1
    kinds = [TEXT, *(f"t{place:02}" for place in range(tokenizers))]
    assert sorted(plan.parts) == sorted(Part(0, last, kind) for kind in kinds)
    assert plan.counted_bytes == sum(sizes)
    if prepare_first:
        first = next(place for place, task in enumerate(done) if isinstance(task, Count))
        assert sum(isinstance(task, Prepare) for task in done[:first]) == tokenizers


@given(
    blocks=st.integers(1, 30),
    done=st.sets(st.tuples(st.integers(0, 2), st.integers(0, 29))),
    texts=st.sets(st.integers(0, 29)),
    seed=st.integers(0, 2**32),
)
def test_a_resumed_run_counts_only_what_is_missing(
    blocks: int, done: set[tuple[int, int]], texts: set[int], seed: int
) -> None:
    done = {(place, block) for place, block in done if block < blocks}
    parts = [Part(block, block, f"t{place:02}") for place, block in done]
    parts += [Part(block, block, TEXT) for block in texts if block < blocks]
    plan = Schedule(3, 2, prepare_first=False, parts=parts)
    played = run(plan, [1] * blocks, 2, random.Random(seed), 0)
    counted = {(task.place, task.block) for task in played if isinstance(task, Count)}
    assert counted == {(place, block) for place in range(3) for block in range(blocks)} - done
    assert len(plan.parts) == 4


def test_reading_waits_while_the_window_is_full() -> None:
    plan = Schedule(1, 1, prepare_first=False)
    assert plan.may_read()
    plan.add(Read(0, schedule.WINDOW_BYTES, 1, ()))
    assert not plan.may_read()
    prepared = plan.next(None)
    assert isinstance(prepared, Analyse)
    plan.done(prepared)
    assert plan.next(None) == Prepare(0)
    plan.done(Prepare(0))
    assert plan.next(0) == Count(0, 0)
    assert plan.done(Count(0, 0)) == [0]
    assert plan.may_read()


def test_a_worker_keeps_its_tokenizer_while_there_are_blocks_for_it() -> None:
    plan = Schedule(2, 1, prepare_first=True)
    for number in range(3):
        plan.add(Read(number, 1, 1, ()))
    order: list[Task] = []
    at_hand = None
    while (task := plan.next(at_hand)) is not None:
        plan.done(task)
        order.append(task)
        at_hand = task.place if isinstance(task, Prepare | Count) else at_hand
    places = [task.place for task in order if isinstance(task, Count)]
    assert places in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])


def test_merges_are_a_tree_and_leave_other_kinds_alone() -> None:
    parts = [Part(block, block, "t00") for block in range(40)] + [Part(0, 0, TEXT)]
    groups = mergeable(parts, at_end=False)
    assert [(group[0].first, group[-1].last) for group in groups] == [(0, 15), (16, 31)]
    merged = [Part(0, 15, "t00"), Part(16, 31, "t00"), *parts[32:40], Part(0, 0, TEXT)]
    assert mergeable(merged, at_end=False) == []
    (last,) = mergeable(merged, at_end=True)
    assert last == [Part(0, 15, "t00"), Part(16, 31, "t00"), *parts[32:40]]
    assert Merge(tuple(last)).parts[-1].last == 39


def test_no_two_of_the_largest_tokenizers_are_in_memory_at_once() -> None:
    plan = Schedule(6, 2, prepare_first=True)
    weights = {0: 9, 1: 1, 2: 8, 3: 2, 4: 7, 5: 3}
    plan.add(Read(0, 1, 1, ()))
    while isinstance(task := plan.next(None), Prepare | Analyse):
        if isinstance(task, Prepare):
            plan.weights[task.place] = weights[task.place]
        plan.done(task)
    pairs = []
    other = plan.next(None)
    while task is not None and other is not None:
        assert isinstance(task, Count)
        assert isinstance(other, Count)
        pairs.append(weights[task.place] + weights[other.place])
        plan.done(task)
        plan.done(other)
        task, other = plan.next(task.place), plan.next(other.place)
    assert pairs == [10, 10, 10]
