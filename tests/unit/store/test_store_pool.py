"""The pool: seeded people and products."""

from emulator.store.pool import Pool


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    first, second, other = Pool(7), Pool(7), Pool(8)
    keys = [f"customer:{n}" for n in range(20)]
    assert [first.person(key) for key in keys] == [second.person(key) for key in reversed(keys)][::-1]
    assert [first.person(key) for key in keys] != [other.person(key) for key in keys]
    assert [first.product(key) for key in keys] != [other.product(key) for key in keys]


def test_a_draw_depends_on_nothing_but_seed_resource_and_purpose() -> None:
    pool = Pool(7)
    drawn = pool.draw("order:1", "customer", 1000)
    for n in range(50):
        pool.draw(f"order:{n}", "customer", 1000)
    assert pool.draw("order:1", "customer", 1000) == drawn
    assert {pool.draw("order:1", f"purpose {n}", 3) for n in range(50)} == {0, 1, 2}


def test_people_are_usable() -> None:
    person = Pool(1).person("customer:1")
    assert person["person.email"].endswith("@example.com")
    assert person["person.name"] == f"{person['person.first_name']} {person['person.last_name']}"
    assert all(isinstance(value, str) and value for value in person.values())


def test_the_version_of_faker_is_told() -> None:
    assert Pool(1).version[0].isdigit()
