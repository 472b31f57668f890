"""Measures Jupyter kernels with Jupyter's own client, interleaved. Prints JSON: kernel, measure, list of values.

A start ends with the reply to a cell that was sent when the process began. jupyter_client's wait_for_ready ends with 200 ms of silence of its own, whatever the
kernel: with it the same start is a measure apart. One kernel lives at a time: none is measured beside what another still does. But for the median of
`1+1` all live and take turns as well: a machine's speed can move by a third in half a minute, the time from one kernel's cells to the next one's. Not so for its
99th percentile, which would be what a turn's first cell takes.

Usage: kernel_client.py ROUNDS NAME=SPEC...   (SPEC is a kernelspec's name; environment JUPYTER_PATH says where they are)
"""

import json
import os
import statistics
import sys
import time

import zmq
from jupyter_client.manager import KernelManager

TYPED = """
interface Point { readonly x: number; readonly y: number; readonly label?: string }
type Shape = { kind: "circle"; center: Point; radius: number } | { kind: "box"; min: Point; max: Point };
enum Unit { Pixel = 1, Centimetre = 37.8 }
class Scene<T extends Shape> {
  private readonly shapes: T[] = [];
  constructor(public readonly name: string, private readonly unit: Unit = Unit.Pixel) {}
  add(shape: T): this { this.shapes.push(shape); return this; }
  get size(): number { return this.shapes.length; }
  area(): number { return this.shapes.map(areaOf).reduce((a: number, b: number): number => a + b, 0) * this.unit; }
}
function areaOf(shape: Shape): number {
  switch (shape.kind) {
    case "circle":
      return Math.PI * shape.radius ** 2;
    case "box":
      return (shape.max.x - shape.min.x) * (shape.max.y - shape.min.y);
    default: {
      const never: never = shape;
      return never;
    }
  }
}
const scene = new Scene<Shape>("bench");
const origin: Point = { x: 0, y: 0 };
for (let i = 1; i <= 10; i++) {
  scene.add({ kind: "circle", center: origin, radius: i });
  scene.add({ kind: "box", min: origin, max: { x: i, y: i } });
}
const table: Record<string, number> = Object.fromEntries(
  Array.from({ length: 5 }, (_, i): [string, number] => [`row${i}`, i * 2]),
);
const total: number = Object.values(table).reduce((a, b) => a + b, 0);
const label = (value: number, digits: number = 2): string => value.toFixed(digits);
const result: { size: number; area: string; total: number } = {
  size: scene.size,
  area: label(scene.area()),
  total,
};
result.size
"""

PYTHON = """
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar, Union
import math
@dataclass(frozen=True)
class Point:
    x: float
    y: float
    label: str | None = None
@dataclass
class Circle:
    center: Point
    radius: float
@dataclass
class Box:
    min: Point
    max: Point
Shape = Union[Circle, Box]
T = TypeVar("T", bound=Shape)
class Unit(Enum):
    PIXEL = 1
    CENTIMETRE = 37.8
@dataclass
class Scene(Generic[T]):
    name: str
    unit: Unit = Unit.PIXEL
    shapes: list[T] = field(default_factory=list)
    def add(self, shape: T) -> "Scene":
        self.shapes.append(shape)
        return self
    def area(self) -> float:
        return sum(area_of(shape) for shape in self.shapes) * self.unit.value
def area_of(shape: Shape) -> float:
    return math.pi * shape.radius**2 if isinstance(shape, Circle) else (shape.max.x - shape.min.x) * (shape.max.y - shape.min.y)
scene = Scene("bench")
origin = Point(0, 0)
for i in range(1, 11):
    scene.add(Circle(origin, i))
    scene.add(Box(origin, Point(i, i)))
table: dict[str, float] = {f"row{i}": i * 2 for i in range(5)}
total: float = sum(table.values())
result = {"size": len(scene.shapes), "area": f"{scene.area():.2f}", "total": total}
result["size"]
"""


# Half of a round's time goes to it, and no goal is set against it.
FEW_ROUNDS = {"tslab": 3}

# What a peer cannot do: measured once here, waiting for it every round would take minutes.
LEFT_OUT = {
    ("tslab", "10,000 prints"): "a tenth of the lines arrive and it never goes idle",
    ("tslab", "1+1"): "of some cell among the first 300 the output never comes",
}


class Life:
    """One life of a kernel. Milliseconds and megabytes."""

    def __init__(self, spec: str) -> None:
        self.spec = spec
        self.python = spec == "python3"
        self.began = time.perf_counter()
        self.manager = KernelManager(kernel_name=spec)
        quiet = open(os.devnull, "w")
        self.manager.start_kernel(stdout=quiet, stderr=quiet)
        self.client = self.manager.client()
        self.client.start_channels()

    def first(self) -> float:
        """Milliseconds from the start of the process to the reply of a first cell."""
        sent = self.client.execute("1+1")
        while self.client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != sent:
            pass
        took = (time.perf_counter() - self.began) * 1000
        self.client.wait_for_ready(timeout=60)
        return took

    def run(self, code: str) -> float:
        at = time.perf_counter()
        self.client.execute_interactive(code, output_hook=lambda message: None, timeout=15, allow_stdin=False)
        return (time.perf_counter() - at) * 1000

    def resident(self) -> float:
        """The kernel's process alone, as the peers are measured; esbuild's process is told apart by the caller."""
        with open(f"/proc/{self.manager.provisioner.process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096 / 2**20

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def basics(life: Life, found: dict[str, float]) -> None:
    found["start to first executed cell"] = life.first()
    time.sleep(0.7)  # what a kernel does right after its start is not measured with the cells
    found["resident memory at start"] = life.resident()
    times = sorted(life.run("1+1") for _ in range(300))
    found["1+1, no other kernel alive"] = statistics.median(times)
    found["1+1 p99"] = times[-4]
    cell = PYTHON if life.python else TYPED
    found["40-line typed cell, first"] = life.run(cell)
    found["40-line typed cell, repeated"] = statistics.median(life.run(cell) for _ in range(20))
    if (life.spec, "10,000 prints") not in LEFT_OUT:
        prints = "for i in range(10000): print(i)" if life.python else "for (let i = 0; i < 10000; i++) console.log(i)"
        found["10,000 prints"] = life.run(prints)


def patient(life: Life, found: dict[str, float]) -> None:
    """The start as notebooks are executed (nbclient, papermill)."""
    life.client.wait_for_ready(timeout=60)
    life.run("1+1")
    found["the same after wait_for_ready"] = (time.perf_counter() - life.began) * 1000
    loop = "while True: pass" if life.python else "for (;;) {}"
    wait = "import time; time.sleep(2)" if life.python else "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)"
    for name, code in (("waits", wait), ("loops", loop)):
        found[f"heartbeat while a cell {name}, slowest of 100"] = slowest_beat(life, code)
        if name == "waits":
            life.client.get_shell_msg(timeout=15)


def slowest_beat(life: Life, code: str) -> float:
    """Beats are asked for one after another from 50 ms after the cell was sent; the cell must still run when the last has come."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger = 0
    socket.connect(f"tcp://127.0.0.1:{life.manager.hb_port}")
    beat(socket)
    life.client.execute(code)
    time.sleep(0.05)
    slowest = max(beat(socket) for _ in range(100))
    socket.close()
    if life.client.shell_channel.msg_ready():
        raise RuntimeError("the cell ended before the heartbeats")
    return slowest


def beat(socket: zmq.Socket) -> float:
    at = time.perf_counter()
    socket.send(b"ping")
    if not socket.poll(15_000):
        raise TimeoutError("no heartbeat for 15 s")
    socket.recv()
    return (time.perf_counter() - at) * 1000


def in_turns(specs: dict[str, str], found: dict[str, dict[str, list[float]]]) -> None:
    """The first 300 cells of new kernels, 50 of each in turn. Adds to what was found."""
    lives = {name: Life(spec) for name, spec in specs.items()}
    times: dict[str, list[float]] = {name: [] for name in specs}
    try:
        for life in lives.values():
            life.first()
        time.sleep(7)  # what kernels do after their start is over: it would be done in the others' turns
        for number in range(6):
            for name in list(lives)[number % len(lives) :] + list(lives)[: number % len(lives)]:
                times[name] += [lives[name].run("1+1") for _ in range(50)]
    except Exception as error:
        print(f"in turns: {type(error).__name__} {error}", file=sys.stderr)
        return
    finally:
        for life in lives.values():
            life.end()
    for name, taken in times.items():
        found[name].setdefault("1+1", []).append(statistics.median(taken))


def thousand(life: Life, found: dict[str, float]) -> None:
    """Whether a cell gets slower by the number of cells before it. Each defines a name and uses an earlier one."""
    life.client.wait_for_ready(timeout=60)
    life.run("v0 = 0" if life.python else "let v0: number = 0")
    time.sleep(0.7)

    def cell(i: int) -> str:
        return f"v{i} = v{i // 2} + 1\nv{i}" if life.python else f"const v{i}: number = v{i // 2} + 1;\nv{i}"

    times = [life.run(cell(i)) for i in range(1, 1051)]
    found["a cell, the tenth"] = statistics.median(times[5:25])
    found["a cell after 1,000"] = statistics.median(times[1000:1050])
    found["resident memory after 1,000 cells"] = life.resident()


def measure(spec: str, part) -> dict[str, float]:
    """What the kernel cannot do within 15 s is left out, and said."""
    found: dict[str, float] = {}
    life = Life(spec)
    try:
        part(life, found)
    except Exception as error:
        print(f"{spec}: {type(error).__name__} {error}", file=sys.stderr)
    finally:
        life.end()
    return found


def main() -> None:
    rounds = int(sys.argv[1])
    specs = dict(argument.split("=", 1) for argument in sys.argv[2:])
    found: dict[str, dict[str, list[float]]] = {name: {} for name in specs}
    for (spec, what), why in LEFT_OUT.items():
        if spec in specs.values():
            print(f"{spec} is left out of {what}: {why}.", file=sys.stderr)
    for number in range(rounds + 1):
        for name, spec in specs.items():
            if number >= FEW_ROUNDS.get(spec, rounds + 1):
                continue
            for key, value in (measure(spec, basics) | measure(spec, patient)).items():
                if number > 0:  # the first round warms the disk
                    found[name].setdefault(key, []).append(value)
        if number > 0:
            in_turns({name: spec for name, spec in specs.items() if (spec, "1+1") not in LEFT_OUT}, found)
    for _ in range(min(rounds, 4)):
        for name, spec in specs.items():
            if spec != "tslab":  # half a minute, for a kernel that is not near
                for key, value in measure(spec, thousand).items():
                    found[name].setdefault(key, []).append(value)
    json.dump(found, sys.stdout)


main()
