/** Writes the bench's table: 16 columns that become 101 features. Simulated; numbers from DuckDB's hash of the row, so always the same. */
import { DuckDBInstance } from "@duckdb/node-api";

/** A number in [0, 1) from the row's number and a salt. */
const unit = (salt: number) => `(hash(i * 64 + ${salt}) % 1000000007 / 1000000007.0)`;
/** About normal: the sum of four, mean 0, deviation 1. */
const normal = (salt: number) => `((${[0, 1, 2, 3].map((k) => unit(salt + k)).join(" + ")} - 2) * sqrt(3))`;
const orNull = (sql: string, share: number, salt: number) =>
  `case when ${unit(salt)} < ${share} then null else ${sql} end`;
const category = (name: string, count: number, salt: number) =>
  `'${name}_' || floor(${unit(salt)} * ${unit(salt + 1)} * ${count})::int`;

const columns: Readonly<Record<string, string>> = {
  age: `18 + floor(${unit(0)} * 70)::int`,
  income: orNull(`round(exp(10 + ${normal(1)}), 2)::double`, 0.08, 60),
  balance: orNull(`(${normal(5)} * 2500)::double`, 0.03, 61),
  score: orNull(`(300 + ${unit(9)} * 550)::float`, 0.05, 62),
  visits: `floor(-ln(1 - ${unit(10)}) * 6)::int`,
  distance: `(${unit(11)} * 900)::float`,
  rate: `(0.5 + ${normal(12)} / 10)::double`,
  rooms: `1 + floor(${unit(16)} * 9)::int`,
  region: category("region", 3, 17),
  plan: category("plan", 7, 19),
  channel: orNull(category("channel", 12, 21), 0.02, 63),
  device: orNull(category("device", 18, 23), 0.04, 64),
  product: orNull(category("product", 20, 25), 0.01, 65),
  city: orNull(category("city", 20, 27), 0.06, 66),
  created: `timestamp '2021-01-01' + to_seconds((${unit(29)} * 94608000)::bigint)`,
  left_us: `case when ${unit(30)} < 0.2 then 'yes' else 'no' end`,
};

export async function makeTable(file: string, rows: number): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const selected = Object.entries(columns).map(([name, sql]) => `${sql} as ${name}`);
  await connection.run(`copy (select ${selected.join(", ")} from range(${rows}) r(i)) to '${file}' (format parquet)`);
  connection.closeSync();
}
