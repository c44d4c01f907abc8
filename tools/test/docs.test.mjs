import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const read = (file) => readFileSync(join(root, file), "utf8");
/** Targets of a text's links, without those to the network or within the page. */
const linksOf = (text) => [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, to]) => to).filter((to) => !/^[a-z]+:/.test(to));

for (const file of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/decisions/README.md"]) {
  test(`every link of ${file} leads somewhere`, () => {
    const links = linksOf(read(file));
    assert.deepEqual(
      links.filter((to) => !existsSync(join(root, dirname(file), to))),
      [],
    );
  });
}

test('the files of ARCHITECTURE.md\'s "Follow a registration" can be read in one go: about 400 lines at most', () => {
  const section = /\n## Follow a registration\n([\s\S]*?)\n## /.exec(read("ARCHITECTURE.md"))?.[1] ?? "";
  const files = linksOf(section);
  assert.ok(files.length >= 6, `${files.length} files`);
  const long = files.filter((file) => read(file).split("\n").length > 420);
  assert.deepEqual(long, []);
});

test("every decision is in the index, under its own number", () => {
  const index = linksOf(read("docs/decisions/README.md"));
  const pages = globSync("0*.md", { cwd: join(root, "docs/decisions") }).sort();
  assert.deepEqual(index, pages);
  for (const page of pages) assert.match(read(`docs/decisions/${page}`), new RegExp(`^# ${Number(page.slice(0, 4))}\\. `));
});
