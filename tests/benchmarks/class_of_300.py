"""A class of 300 takes the Turing test at once, and the server is killed five times meanwhile.

    python tests/benchmarks/class_of_300.py            # about four minutes, on this machine alone
    python tests/benchmarks/class_of_300.py 30 10 2    # people, pairs, kills

Everybody begins within ten seconds and looks at each pair about as long as people do. Twenty have a
slow connection, twenty one that drops in the middle of a question or of an answer. How late this
process itself woke up meanwhile says what the machine had to do besides: no answer can be quicker.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from coursekit import color, turing
from coursekit.datasets import scenes

BEGIN = 10.0  # seconds within which all begin
BLANK, EXPOSURE = 0.7, 1.0  # seconds, as in pair.js and in the protocol
SLOW = 256_000  # bytes a second
TRIES, PATIENCE = 400, 30.0  # of one question; seconds for one answer
LIMIT = 900.0  # seconds for all


@dataclass
class Person:
    """A participant's page, without the page: asks until it gets an answer, as take.js does."""

    port: int
    seed: int
    kind: str = "plain"  # or "slow", or "dropping"
    thinks: bool = True
    within: float = 0.0
    voted: object = lambda: None  # is called after each vote
    code: str = ""
    given: list = field(default_factory=list)
    times: list = field(default_factory=list)  # what was asked, when, seconds until the answer
    statuses: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.rng, self.stream = random.Random(self.seed), None

    async def take(self):
        await asyncio.sleep(self.within * self.rng.random())
        _, step = await self.ask("POST", "/api/begin", {})
        self.code = step["code"]
        while "thanks" not in step:
            for name in step["pictures"]:
                status, png = await self.ask("GET", f"/picture/{name}")
                assert status == 200 and png.startswith(b"\x89PNG"), (status, self.code)
            if self.thinks:
                await asyncio.sleep(BLANK + EXPOSURE + self.rng.lognormvariate(0.2, 0.4))
            side, number = self.rng.choice(("left", "right")), step["number"]
            vote = {"number": number, "ticket": step["ticket"], "side": side, "reaction": 1500.5}
            status, answer = await self.ask("POST", "/api/vote", {**vote, "exposure": 1000.0})
            self.given.append(side)
            self.voted()
            if status == 409:  # it was stored, and its answer was lost
                assert "has its vote already" in answer["error"], answer
                _, step = await self.ask("GET", "/api/pair")
            else:
                assert status == 200, answer
                step = answer["next"]
            assert "thanks" in step or step["number"] == number + 1
        self.hang_up()

    async def ask(self, method, path, message=None):
        for tries in range(TRIES):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                answer = await asyncio.wait_for(self.once(method, path, message), PATIENCE)
                self.statuses[answer[0]] += 1
                if answer[0] not in (429, 503):
                    return answer
            self.hang_up()
            longest = min(2**tries, 8) if self.thinks else 0.2
            await asyncio.sleep(longest * (0.5 + self.rng.random() / 2))
        raise TimeoutError(f"no answer to {path}")

    async def once(self, method, path, message):
        self.stream = self.stream or await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.stream
        body = b"" if message is None else json.dumps(message).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Code: {self.code}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        question = head.encode() + b"\r\n" + body
        drops = self.kind == "dropping" and self.rng.random() < 0.2
        where = self.rng.choice(("question", "between", "answer"))
        if drops and where == "question":
            question = question[: self.rng.randrange(len(question))]
        begin = time.perf_counter()
        writer.write(question)
        await writer.drain()
        if drops:
            if where == "answer":
                await reader.read(10)
            raise ConnectionError
        head = await reader.readuntil(b"\r\n\r\n")
        if self.kind == "slow":  # how long the rest takes is its own affair
            self.times.append((path.split("/")[-2:], begin, time.perf_counter() - begin))
        status = int(head.split(b" ", 2)[1])
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        content = b""
        while self.kind == "slow" and length - len(content) > SLOW // 16:
            content += await reader.readexactly(SLOW // 16)
            await asyncio.sleep(1 / 16 if self.thinks else 0)
        content += await reader.readexactly(length - len(content))
        if self.kind != "slow":
            self.times.append((path.split("/")[-2:], begin, time.perf_counter() - begin))
        return status, content if content.startswith(b"\x89PNG") else json.loads(content)

    def hang_up(self):
        if self.stream:
            self.stream[1].transport.abort()
        self.stream = None


def crowd(port, people, slow, dropping, **how):
    """As many people, of whom some have bad connections."""
    kinds = ["slow"] * slow + ["dropping"] * dropping + ["plain"] * (people - slow - dropping)
    return [Person(port, seed, kind, **how) for seed, kind in enumerate(kinds)]


def lost(store, everybody):
    """Codes whose votes in the store are not those that were given, and votes of nobody here."""
    found = {}
    for vote in store.votes():
        found.setdefault(vote["participant"], []).append((vote["number"], vote["side"]))
    given = {person.code: [*enumerate(person.given, start=1)] for person in everybody}
    return [code for code in {*found, *given} if found.get(code) != given.get(code)]


class Faded:
    """A colorizer that gives a photo's own colours with another chroma."""

    def __init__(self, factor):
        self.factor = factor

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.join(L, self.factor * ab)


def main(people=300, pairs=50, kills=5, slow=20, dropping=20):
    slow, dropping = min(slow, people // 10), min(dropping, people // 10)
    protocol = turing.Protocol(practice=pairs // 5, trials=pairs - pairs // 5)
    with tempfile.TemporaryDirectory() as folder:
        drawn = scenes.draw(pairs + 10, protocol.size, seed=0).rgb
        photos = {f"scene {i}": rgb for i, rgb in enumerate(drawn)}
        colorizers = {name: Faded(chroma) for name, chroma in (("a", 0.4), ("b", 0.8), ("c", 2))}
        turing.build(Path(folder, "pictures"), photos, colorizers, protocol)
        asyncio.run(_class(Path(folder), people, pairs, kills, slow, dropping))


async def _class(folder, people, pairs, kills, slow, dropping):
    begin, port = time.monotonic(), 0
    server, port = _serve(folder, port)
    everybody = crowd(port, people, slow, dropping, within=BEGIN)
    held, spent, late, over = [0], [0.0], [], asyncio.Event()

    async def watch():
        """Note the server's memory, and how late this process wakes up."""
        while not over.is_set():
            with contextlib.suppress(psutil.Error):
                held.append(psutil.Process(server.pid).memory_info().rss)
            before = time.perf_counter()
            await asyncio.sleep(0.05)
            late.append(time.perf_counter() - before - 0.05)

    async def killer():
        nonlocal server
        for number in range(kills):
            done = people * pairs * (number + 1) / (kills + 1)
            while sum(len(person.given) for person in everybody) < done:
                await asyncio.sleep(0.1)
            spent.append(sum(psutil.Process(server.pid).cpu_times()[:2]))
            server.kill()
            server.wait()
            server, _ = await asyncio.to_thread(_serve, folder, port)

    watcher, killing = asyncio.create_task(watch()), asyncio.create_task(killer())
    await asyncio.wait_for(asyncio.gather(*(each.take() for each in everybody)), LIMIT)
    await killing
    over.set()
    await watcher
    spent.append(sum(psutil.Process(server.pid).cpu_times()[:2]))
    server.terminate()
    server.wait()
    took = time.monotonic() - begin
    store = turing.Store(folder / "votes.sqlite")
    votes, wrong = store.votes(), lost(store, everybody)
    asked = [each for person in everybody for each in person.times]
    times = np.array([seconds for *_, seconds in asked])
    statuses = sum((person.statuses for person in everybody), Counter())
    quantiles = np.quantile(times, (0.5, 0.95, 0.99))
    parts = []
    for what in ("begin", "vote", "picture"):
        some = [seconds for path, _, seconds in asked if what in path]
        middle, most = 1000 * np.quantile(some, (0.5, 0.95))
        parts.append(f"{what} {middle:.0f} ms, 95 % {most:.0f} ms")
    late = np.quantile(late, (0.5, 0.95, 1))
    print(
        f"{people} people, {len(votes)} votes ({len(votes) / took:.0f} a second) in {took:.0f} s, "
        f"{slow} slow, {dropping} dropping, {kills} kills; load {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores\n"
        f"votes lost, doubled or changed: {len(wrong)} participants\n"
        f"{len(times)} answers, {dict(sorted(statuses.items()))}\n"
        f"an answer took  median {1000 * quantiles[0]:.0f} ms, 95 % {1000 * quantiles[1]:.0f} ms, "
        f"99 % {1000 * quantiles[2]:.0f} ms, longest {1000 * times.max():.0f} ms; "
        f"{np.mean(times < 0.2):.2%} under 200 ms, {np.sum(times > 2)} over 2 s\n"
        f"of these  {'; '.join(parts)}\n"
        f"this process woke up late by  median {1000 * late[0]:.0f} ms, 95 % {1000 * late[1]:.0f} "
        f"ms, longest {1000 * late[2]:.0f} ms\n"
        f"server  {max(held) / 1e6:.0f} MB at most, {sum(spent) / took:.2f} of a core; "
        f"{1000 * sum(spent) / len(votes):.1f} ms of processor a vote with its pictures"
    )
    assert not wrong and len(votes) == people * pairs


def _serve(folder, port):
    """Start the server as a teacher does, and wait until it says where it is."""
    command = ["turing", "serve", folder / "pictures", "--store", folder / "votes.sqlite"]
    server = subprocess.Popen(
        [sys.executable, "-m", "coursekit", *command, "--port", str(port)], stdout=subprocess.PIPE
    )
    lines = [server.stdout.readline().decode() for _ in range(4)]
    return server, int(lines[0].rstrip("/\n").rpartition(":")[2])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
