"""Commands beside the dashboard: what they say, and that they end with whoever asked for them."""

import asyncio
import os
import sys

import pytest

from tui.actions.command import Failed, command


def test_what_a_command_prints_and_says_is_kept_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = asyncio.run(command("fixtures", "copy", "order", "--to", "mine"))
    assert said.output.split() == ["wrote", "mine/order.yaml"]
    assert said.beside.startswith("Next: ")


def test_what_is_refused_is_one_sentence_without_the_programs_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failed) as failed:
        asyncio.run(command("scenario", "check", "nothing.yaml"))
    assert "nothing.yaml" in failed.value.sentence
    assert not failed.value.sentence.startswith("epcc-emulator")


def test_a_command_ends_with_whoever_asked_for_it(tmp_path, monkeypatch):
    started = tmp_path / "pid"
    os.mkfifo(started)
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    async def cancelled() -> int:
        task = asyncio.create_task(command("anything"))
        pid = int(await asyncio.to_thread(started.read_text))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid

    pid = asyncio.run(cancelled())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
