/** What the documents say of verbs, options, errors, packages and commands is what the code has. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { verbs } from "@lepton/magics";
import { expect, test } from "vitest";

const root = path.dirname(import.meta.dirname);
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const readme = read("README.md");

interface Docs {
  magicsMarkdown(): string;
  withTables(text: string): string;
}
const docs = (await import(path.join(root, ".house", "docs.mjs"))) as Docs;
const remedy = "is not what the specs say; run: npm run docs";

test("docs/magics.md is what the specs say", () => {
  expect(read("docs/magics.md") === docs.magicsMarkdown(), `docs/magics.md ${remedy}`).toBe(true);
});

test("README's tables of magics and errors are what the code says", () => {
  expect(docs.withTables(readme) === readme, `README.md ${remedy}`).toBe(true);
});

test("every verb has a summary, an example of itself, and a sentence for each option", () => {
  for (const { spec } of verbs) {
    expect(spec.summary, spec.name).toMatch(/^[A-Z].*\.$/s);
    expect(spec.examples.length, spec.name).toBeGreaterThan(0);
    for (const example of spec.examples)
      expect(example).toMatch(new RegExp(`^(%%?lepton )?${spec.name}\\b|lepton\\.${spec.name}\\(`));
    for (const [name, option] of Object.entries(spec.options))
      expect(option.doc, `${spec.name} ${name}`).toMatch(/^[A-Z].*[.:]/s);
  }
});

test("every npm command that README names exists, and every file it links to", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const commands = [...readme.matchAll(/npm (?:run )?(test|(?<=run )[a-z]+)/g)].map((match) => match[1]!);
  expect(commands.length).toBeGreaterThan(2);
  for (const name of commands) expect(scripts, `npm run ${name}`).toHaveProperty(name);
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) expect(existsSync(path.join(root, link)), link).toBe(true);
});

test("DEPENDENCIES.md names every package that ours depend on, and no other", () => {
  const listed = [...read("DEPENDENCIES.md").matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, Record<string, Record<string, string>>>;
  };
  const ours = Object.entries(lock.packages).filter(([name]) => !name.includes("node_modules/"));
  const used = ours.flatMap(([, entry]) =>
    ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) => Object.keys(entry[kind] ?? {})),
  );
  const others = new Set(used.filter((name) => !name.startsWith("@lepton/")));
  expect([...new Set(listed)].sort()).toEqual([...others].sort());
});
