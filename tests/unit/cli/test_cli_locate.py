"""Finding the server, and the files that say where it is."""

from pathlib import Path

import pytest

from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.address import announced, read_url, write_whole
from emulator.harness.locate import locate


def leave(directory: Path, url: str) -> Path:
    data_dir = directory / ".epcc-emulator"
    data_dir.mkdir(parents=True)
    (data_dir / "url").write_text(f"{url}\n")
    (data_dir / "port").write_text("1\n")
    return data_dir


def test_the_option_comes_first_then_the_environment_then_the_data_directory(tmp_path: Path) -> None:
    leave(tmp_path, "http://127.0.0.1:3")
    environ = {"EPCC_EMULATOR_URL": "http://127.0.0.1:2/"}
    assert locate("http://127.0.0.1:1", environ=environ, start=tmp_path).url == "http://127.0.0.1:1"
    assert locate(environ=environ, start=tmp_path).url == "http://127.0.0.1:2"
    assert locate(environ={}, start=tmp_path).url == "http://127.0.0.1:3"


def test_the_data_directory_is_looked_for_upwards(tmp_path: Path) -> None:
    leave(tmp_path, "http://127.0.0.1:3")
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / ".epcc-emulator").mkdir()  # one without a server is passed by
    assert locate(environ={}, start=inside).url == "http://127.0.0.1:3"


def test_none_found_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="Start one with: epcc-emulator serve") as caught:
        locate(environ={}, start=tmp_path)
    assert caught.value.exit_code == 3
    with pytest.raises(EnvironmentFault, match="elsewhere"):
        locate(None, tmp_path / "elsewhere", environ={}, start=tmp_path)


@pytest.mark.parametrize("url", ["127.0.0.1:3722", "ftp://127.0.0.1"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no address"):
        locate(url, environ={}, start=tmp_path)


def test_a_left_address_explains_why_nobody_answers(tmp_path: Path) -> None:
    leave(tmp_path, "http://127.0.0.1:3")
    assert "left behind by a server that was killed" in locate(environ={}, start=tmp_path).absence
    assert "left behind" not in locate("http://127.0.0.1:3", environ={}, start=tmp_path).absence


def test_the_address_is_there_for_as_long_as_the_server_runs(tmp_path: Path) -> None:
    port_file = tmp_path / "port.txt"
    with announced("https://127.0.0.1:9", 9, data_dir=tmp_path, port_file=port_file):
        assert read_url(tmp_path) == "https://127.0.0.1:9"
        assert port_file.read_text() == "9\n"
    assert read_url(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_another_server_has_taken_over_stays(tmp_path: Path) -> None:
    with announced("http://127.0.0.1:9", 9, data_dir=tmp_path, port_file=None):
        for name, text in (("url", "http://127.0.0.1:10\n"), ("port", "10\n")):
            write_whole(tmp_path / name, text)
    assert read_url(tmp_path) == "http://127.0.0.1:10"


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot write"):
        write_whole(tmp_path / "nowhere" / "port", "1")
