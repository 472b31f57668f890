"""Measures Jupyter kernels with Jupyter's own client, interleaved: one round starts each kernel once. Prints JSON: kernel, measure, list of values.

Usage: kernel_client.py ROUNDS NAME=SPEC...   (SPEC is a kernelspec's name; environment JUPYTER_PATH says where they are)
"""

import json
import os
import statistics
import sys
import time

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


def measure(spec: str, python: bool) -> dict[str, float]:
    """One life of a kernel. Milliseconds and megabytes; what the kernel cannot do within 30 s is left out."""
    found: dict[str, float] = {}
    began = time.perf_counter()
    manager = KernelManager(kernel_name=spec)
    quiet = open(os.devnull, "w")
    manager.start_kernel(stdout=quiet, stderr=quiet)
    client = manager.client()
    client.start_channels()

    def run(code: str) -> float:
        at = time.perf_counter()
        client.execute_interactive(code, output_hook=lambda message: None, timeout=15, allow_stdin=False)
        return (time.perf_counter() - at) * 1000

    try:
        client.wait_for_ready(timeout=60)
        run("1+1")
        found["start to first executed cell"] = (time.perf_counter() - began) * 1000
        time.sleep(0.5)
        found["resident memory at start"] = resident(manager)
        times = sorted(run("1+1") for _ in range(200))
        found["1+1"] = statistics.median(times)
        found["1+1 p99"] = times[-2]
        cell = PYTHON if python else TYPED
        run(cell)
        found["40-line typed cell, repeated"] = statistics.median(run(cell) for _ in range(20))
        prints = "for i in range(10000): print(i)" if python else "for (let i = 0; i < 10000; i++) console.log(i)"
        found["10,000 prints"] = run(prints)
        for _ in range(200):
            run("const later: number = 1; later" if not python else "later = 1; later")
        found["resident memory after 400 cells"] = resident(manager)
        found["a cell after 400"] = statistics.median(run("1+1") for _ in range(50))
    except Exception as error:  # a peer that hangs or dies is reported by what is missing
        print(f"{spec}: {type(error).__name__} {error}", file=sys.stderr)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return found


def resident(manager: KernelManager) -> float:
    """The kernel's process alone, as the peers are measured; esbuild's process is told apart by the caller."""
    with open(f"/proc/{manager.provisioner.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def main() -> None:
    rounds = int(sys.argv[1])
    specs = dict(argument.split("=", 1) for argument in sys.argv[2:])
    found: dict[str, dict[str, list[float]]] = {name: {} for name in specs}
    for number in range(rounds + 1):
        for name, spec in specs.items():
            for key, value in measure(spec, python=spec == "python3").items():
                if number > 0:  # the first round warms the disk
                    found[name].setdefault(key, []).append(value)
    json.dump(found, sys.stdout)


main()
