/**
 * Brings a file into the session as "rows". Enters: a path and options; leaves: rows skipped. CSV and JSON become a table (each later question
 * would parse the file again), Parquet a view (its columns are read as they are asked for).
 */
import { LeptonError, type OpenOptions } from "@lepton/contract";
import { loadCsv } from "./csv.ts";
import { loadJson } from "./json.ts";
import { type Session, sqlFile } from "./session.ts";

type Format = (session: Session, file: string, options: OpenOptions) => Promise<number>;

const formats: readonly { readonly pattern: RegExp; readonly load: Format }[] = [
  { pattern: /\.(csv|tsv|txt)(\.gz)?$/i, load: loadCsv },
  { pattern: /\.(parquet|pq)$/i, load: loadParquet },
  { pattern: /\.(json|jsonl|ndjson)(\.gz)?$/i, load: loadJson },
];

export function formatOf(uri: string): Format | undefined {
  return formats.find((format) => format.pattern.test(uri))?.load;
}

async function loadParquet(session: Session, file: string): Promise<number> {
  try {
    await session.rows(`create view rows as select * from read_parquet(${sqlFile(file)}, hive_partitioning=false)`);
  } catch (cause) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} is not a Parquet file that can be read: ${firstLine(cause)}`, {
      cause,
    });
  }
  return 0;
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!;
}
