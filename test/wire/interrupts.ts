/** What is interrupted, for the test that state is kept and for the bench that times it. Each name says what the cell does. */

/** Run first: what the cells use, and `kept`, which must keep its value. */
export const setUp = `
    let kept = 41;
    let late = 0;
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const { setTimeout: nodeSleep } = await import("node:timers/promises");
    const { EventEmitter } = await import("node:events");
    const { Readable } = await import("node:stream");
    const server = (await import("node:http")).createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));`;

export const scenarios: Readonly<Record<string, string>> = {
  "a loop": "for (;;) {}",
  "a loop after an await": "await sleep(5); for (;;) {}",
  "a loop of microtasks": "for (;;) await null;",
  "a loop in a timer": "setTimeout(() => { for (;;) {} }, 5); await sleep(60_000);",
  "a timer that blocks again and again": "setInterval(() => { for (;;) {} }, 1); await sleep(60_000);",
  "a loop in an event listener":
    "const e = new EventEmitter(); e.on('x', () => { for (;;) {} }); await null; e.emit('x');",
  "a loop in a stream": "Readable.from(['a']).on('data', () => { for (;;) {} }); await sleep(60_000);",
  "an awaited sleep": "await sleep(60_000); late++;",
  "an awaited sleep of node:timers/promises": "await nodeSleep(60_000); late++;",
  "an awaited fetch": "await fetch('http://127.0.0.1:' + (server.address() as any).port); late++;",
  "an awaited fetch of a Request":
    "await fetch(new Request('http://127.0.0.1:' + (server.address() as any).port)); late++;",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  "a command that is waited for": "(await import('node:child_process')).execSync('sleep 60');",
  "a loop of commands with children":
    "const { spawnSync } = require('child_process'); for (;;) spawnSync('sh', ['-c', 'sleep 60; sleep 60'], { stdio: 'inherit' });",
  "a loop that catches everything": "for (;;) { try { await null; throw 1; } catch {} }",
  "a synchronous loop that catches everything": "for (;;) { try { throw 1; } catch {} finally {} }",
  "an optimised loop of built-in calls":
    "(() => { let l: unknown[] = []; for (;;) { l.push(new Array(100).fill(0.5)); if (l.length > 1e5) l = []; } })();",
  "a loop that prints": "for (;;) console.log('x');",
  "a loop that displays": "for (;;) display(1);",
  "a loop of awaits that displays": "for (;;) { display(1); await null; }",
  "a timer that would fire later": "setInterval(() => late++, 1); await sleep(60_000);",
  "a timer after 100,000 that were cleared":
    "for (let k = 0; k < 1e5; k++) clearTimeout(setTimeout(() => undefined, 1e6)); setInterval(() => late++, 1); await sleep(60_000);",
};

/** How long a cell runs before it is interrupted: V8 optimises a hot loop in a second or so. */
export const runsMs = (code: string) => (code.includes("fill") ? 1500 : 150);
