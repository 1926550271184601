// What the README and the guides show is what there is: links lead somewhere, and inputs, commands and flags exist.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { spellFlag } from "../src/cli/flags.ts";
import type { Command } from "../src/command/command.ts";
import * as registry from "../src/command/registry.ts";
import { diagnosticCodes } from "../src/diagnostic/codes.ts";
import { projectRoot } from "./packer-ts.ts";

const guides = readdirSync(join(projectRoot, "docs/guides")).map((name) => `docs/guides/${name}`);
const pages = ["README.md", ".github/THREAT_MODEL.md", ...guides];
const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

/** The blocks of a page in a language. */
function listBlocks(page: string, language: string): readonly string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
    ([, block = ""]) => block,
  );
}

/** The anchors that GitHub gives the headings of a page. */
function listAnchors(text: string): readonly string[] {
  const headings = [...text.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Every step in a piece of a workflow. */
function listSteps(piece: unknown): readonly Step[] {
  if (Array.isArray(piece)) {
    return piece.flatMap(listSteps);
  }
  if (typeof piece !== "object" || piece === null) {
    return [];
  }
  const step = "uses" in piece ? [piece as Step] : [];
  return [...step, ...Object.values(piece).flatMap(listSteps)];
}

describe("the README", () => {
  it("is short: no more than 150 lines before what is generated", () => {
    const [byHand = ""] = read("README.md").split("<!-- generated:");
    assert.ok(byHand.split("\n").length <= 150);
  });

  it("leads to every guide", () => {
    const readme = read("README.md");
    assert.deepEqual(
      guides.filter((path) => !readme.includes(`(${path})`)),
      [],
    );
  });
});

for (const page of pages) {
  describe(page, () => {
    it("has links that lead somewhere", () => {
      const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
      for (const link of links.filter((one) => !/^https?:/.test(one))) {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : relative(projectRoot, join(projectRoot, dirname(page), path));
        assert.ok(existsSync(join(projectRoot, target)), `${link} leads nowhere`);
        if (anchor !== undefined && statSync(join(projectRoot, target)).isFile()) {
          assert.ok(listAnchors(read(target)).includes(anchor), `${link} leads to no heading`);
        }
      }
    });

    it("names codes that messages have", () => {
      const families = new Set(Object.keys(diagnosticCodes).map((code) => code.split("/")[0]));
      for (const [, code = "", family] of read(page).matchAll(/`\[?(([a-z0-9-]+)\/[a-z0-9-]+)\]?`/g)) {
        assert.ok(!families.has(family) || code in diagnosticCodes, `there is no code ${code}`);
      }
    });

    it("shows steps with inputs that the action has", () => {
      const { inputs } = parse(read("action.yml")) as { inputs: Record<string, unknown> };
      const steps = listBlocks(page, "yaml").flatMap((block) => listSteps(parse(block)));
      for (const { with: given = {} } of steps.filter(({ uses }) => uses === "org/packer-ts-action@v1")) {
        assert.deepEqual(
          Object.keys(given).filter((name) => !(name in inputs)),
          [],
        );
      }
    });

    it("pins what is not ours", () => {
      const steps = listBlocks(page, "yaml").flatMap((block) => listSteps(parse(block)));
      for (const { uses = "" } of steps.filter((step) => step.uses?.startsWith("org/packer-ts-action") === false)) {
        assert.match(uses, /@[0-9a-f]{40}$/);
      }
    });

    it("shows commands and flags that the program has", () => {
      const commands = new Map(Object.values(registry as Record<string, Command>).map((one) => [one.name, one]));
      const lines = ["console", "sh"]
        .flatMap((language) => listBlocks(page, language))
        .flatMap((block) => block.split("\n"));
      for (const [, name = "", rest = ""] of lines.flatMap((line) => [
        ...line.matchAll(/^(?:\$ )?packer-ts (\S+)(.*)$/g),
      ])) {
        const flags = Object.keys(commands.get(name)?.options ?? {}).map(spellFlag);
        assert.ok(commands.has(name), `there is no command ${name}`);
        for (const [, flag = ""] of rest.matchAll(/ -([\w-]+)/g)) {
          assert.ok(flags.includes(flag), `${name} has no flag -${flag}`);
        }
      }
    });
  });
}
