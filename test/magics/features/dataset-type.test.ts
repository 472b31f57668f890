import { expect, onTestFinished, test } from "vitest";
import { datasetDeclarations } from "../../../magics/features/dataset-type.ts";
import { declaredMembers } from "../declared-members.ts";
import { openWorkshop } from "./workshop.ts";

const members = (name: string) => declaredMembers(datasetDeclarations, name);

test("what a cell is told that a data set has is what it has", async () => {
  const shop = await openWorkshop();
  onTestFinished(() => shop.close());
  const dataset = await shop.features("credit.csv", { target: "Status" });
  const [first] = dataset.describe();
  expect(Object.keys(first!).sort()).toEqual(members("ColumnReport").sort());
  expect(Object.keys(await dataset.arrays("test")).sort()).toEqual(members("DatasetArrays").sort());
  const told = members("Dataset");
  expect(told).toContain("describe");
  expect(told.filter((name) => !(name in dataset))).toEqual([]);
  const columns = dataset.columns.flatMap((column) => Object.keys(column));
  expect(members("Column").filter((name) => !columns.includes(name))).toEqual([]);
});
