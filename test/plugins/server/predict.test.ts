import { describe, expect, test } from "vitest";
import { arrayParts, classParts, running, sumParts, token } from "./tiny-bundle.ts";

const ada = { age: 30, home: "rent", owner: false };
const bob = { age: 40, home: "own", owner: true };

describe("rows in, predictions out", () => {
  test.each([
    ["one row by itself", ada, 30],
    ["a list of rows", [ada, bob], [30, 1_001_040]],
    ["rows under a key", { rows: [bob, ada] }, [1_001_040, 30]],
    ["values in the columns' order as features", { features: [[1, "own", false]] }, [1001]],
    [
      "values in the columns' order as input_data",
      {
        input_data: [
          [1, "own", true],
          [2, null, null],
        ],
      },
      [1_001_001, 2],
    ],
    ["one list of values by itself", { features: [5, "rent", null] }, 5],
    ["extra columns, which are ignored", { ...ada, name: "Ada", rows_seen: 3 }, 30],
    ["a category that training never saw", { ...ada, home: "tent" }, -970],
    ["missing values", { age: null, home: null, owner: null }, 0],
  ])("%s", async (_name, body, prediction) => {
    const service = await running(sumParts());
    expect(await service.post("/predict", body)).toEqual({
      status: 200,
      body: { model: "credit-risk", version: 1, prediction },
    });
  });

  test("a classifier answers with the label and each class's probability", async () => {
    const service = await running(classParts());
    const { body } = await service.post("/predict", [
      { ...ada, age: 0 },
      { ...ada, age: -100 },
      { ...ada, age: 100 },
    ]);
    expect(body.prediction).toEqual(["bad", "bad", "good"]); // of two alike the first, as the metrics count
    const [even, low] = body.probabilities as Record<string, number>[];
    expect(even).toEqual({ bad: 0.5, good: 0.5 });
    expect(low?.good).toBeCloseTo(1 / (1 + Math.E), 6);
    expect(low?.bad).toBeCloseTo(1 - 1 / (1 + Math.E), 6);
  });

  test("a model of plain arrays takes rows nested or flat", async () => {
    const service = await running(arrayParts());
    const rows = [
      [
        [[0.1], [0.7]],
        [[0.2], [9]],
      ],
      [0.5, 0.3, 0.2, 9],
    ];
    const { body } = await service.post("/predict", { features: rows });
    expect(body.prediction).toEqual(["1", "0"]);
    expect((await service.post("/predict", { features: rows[1] })).body.prediction).toBe("0");
  });

  test("an answer that is no number is null, since JSON has no NaN", async () => {
    const service = await running(sumParts());
    const { status, body } = await service.post("/predict", { ...ada, age: 1e308 });
    expect([status, body.prediction]).toEqual([200, null]);
  });
});

describe("a request that cannot be answered is told why", () => {
  test.each([
    ["a missing column", { rows: [ada, { age: 1 }] }, /row 1 lacks "home", "owner"/, "LEPTON_COLUMN_MISSING"],
    [
      "a wrong type",
      [{ ...ada, age: "old" }],
      /row 0, column "age": a number or null expected, got "old"/,
      "LEPTON_COLUMN_TYPE",
    ],
    [
      "a wrong width",
      { features: [[1, "own"]] },
      /row 0 has 2 values; this model takes 3, in this order: age, home, owner/,
      "LEPTON_REQUEST",
    ],
    [
      "an object among plain rows",
      { features: [[1, "own", true], {}] },
      /row 1 must be a list of 3 values, got an object/,
      "LEPTON_REQUEST",
    ],
    ["a list among named rows", [[1, "own", true]], /row 0 must be an object.*Send \{"rows"/, "LEPTON_REQUEST"],
    ["no rows", { rows: [] }, /no rows.*Send \{"rows": \[\{"age":35/, "LEPTON_REQUEST"],
    ["rows that are no list", { rows: 3 }, /"rows" must be a list, got 3/, "LEPTON_REQUEST"],
    ["a number", 3, /must be an object or a list of rows, got 3/, "LEPTON_REQUEST"],
    ["null", null, /got null/, "LEPTON_REQUEST"],
    ["an empty body", "", /body is empty/, "LEPTON_REQUEST"],
    ["malformed JSON", '{"age": 3,', /body is not JSON: .*position 10/, "LEPTON_REQUEST"],
    ["NaN", '{"age": NaN}', /NaN and Infinity are not JSON: send null/, "LEPTON_REQUEST"],
    [
      "a column named like a method of objects",
      { age: 1, home: "rent", toString: 1 },
      /lacks "owner"/,
      "LEPTON_COLUMN_MISSING",
    ],
  ])("%s", async (_name, body, sentence, code) => {
    const service = await running(sumParts());
    const reply = await service.post("/predict", body);
    expect(reply).toEqual({ status: 400, body: { error: expect.stringMatching(sentence), code } });
  });

  test.each([
    ["a wrong size", { features: [[1, 2, 3]] }, /row 0 has 3 values; this model takes 2 x 2 x 1 numbers/],
    ["a text", { features: [[1, 2, "3", 4]] }, /row 0, value 2 must be a number that fits 32 bits, got "3"/],
    ["a number too large for 32 bits", { features: [[1, 2, 1e300, 4]] }, /value 2 must be a number that fits 32 bits/],
    ["named rows", { rows: [ada] }, /row 0 must be a list of numbers, got an object. Send \{"features"/],
  ])("a model of plain arrays: %s", async (_name, body, sentence) => {
    const service = await running(arrayParts());
    expect(await service.post("/predict", body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(sentence) },
    });
  });

  test("an unknown route and a wrong method name what there is", async () => {
    const service = await running(sumParts());
    expect(await service.post("/predcit", {})).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining("POST /predict") },
    });
    expect(await service.post("/healthz", {})).toMatchObject({
      status: 405,
      body: { error: "/healthz takes GET, got POST." },
    });
    const reply = await fetch(`${service.url}/v2/models/credit-risk/infer`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
  });
});
