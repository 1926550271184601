// The plan of a pull request as Markdown.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImageChange } from "../../command/plan/image-plan.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Difference } from "../../recipe/differences.ts";
import { planMarkdown } from "./image-plan-markdown.ts";

function image(
  name: string,
  change: ImageChange["change"],
  differences: readonly Difference[] = [],
  template = "t.json",
): ImageChange {
  return { template, name, builder: "docker", change, differences };
}

function page(images: readonly ImageChange[], longest = 60_000, mistakes: readonly Diagnostic[] = []): string {
  const plan = { images, mistakes: { base: [], head: mistakes } };
  return planMarkdown({ plan, base: "a".repeat(40), head: "b".repeat(40), longest, whole: "elsewhere" });
}

describe("action/pull-request/image-plan", () => {
  it("counts images and lists what differs, changed ones first and unchanged ones not at all", () => {
    const differences: Difference[] = [
      { kind: "variable", what: "region", before: "eu", after: "us" },
      { kind: "file", what: "setup.sh", before: "abc", after: "def" },
      { kind: "provisioner", what: "provisioner 2", after: "shell" },
      { kind: "post-processor", what: "post-processor 1", before: "compress" },
    ];
    const shown = page([
      image("new", "added"),
      image("old", "removed"),
      image("web", "changed", differences),
      image("same", "unchanged"),
    ]);
    assert.match(shown, /^### Image plan: 1 added, 1 removed, 1 changed, 1 unchanged\n/);
    assert.match(
      shown,
      /- variable <code>region<\/code>: <code>eu<\/code> → <code>us<\/code>\n- file <code>setup\.sh<\/code> changed\n/,
    );
    assert.match(
      shown,
      /- <code>provisioner 2<\/code> added: <code>shell<\/code>\n- <code>post-processor 1<\/code> removed, was <code>compress<\/code>/,
    );
    assert.ok(shown.indexOf("<code>web") < shown.indexOf("<code>new"));
    assert.doesNotMatch(shown, /same|t\.json|abc/);
    assert.match(shown, /Compares aaaaaaaaaa with bbbbbbbbbb/);
  });

  it("names the template where there are several", () => {
    assert.match(
      page([image("a", "added", [], "x.json"), image("a", "added", [], "y.json")]),
      /<code>a<\/code>\*\* in <code>y\.json<\/code>/,
    );
  });

  it("says that nothing changes, and what may", () => {
    assert.match(page([image("a", "unchanged")]), /^### Image plan: no image changes\n/);
    assert.match(page([]), /^### Image plan: no images\n/);
    assert.match(page([image("a", "uncertain")]), /1 may change, 0 unchanged\n[\s\S]*known only when it is built/);
  });

  it("shows two long values that differ at their ends only as changed", () => {
    const long = "x".repeat(500);
    const shown = page([
      image("a", "changed", [{ kind: "builder", what: "content", before: `${long}1`, after: `${long}2` }]),
    ]);
    assert.match(shown, /<code>content<\/code> changed/);
  });

  it("never exceeds its limit, and says how much is left out", () => {
    const difference: Difference = { kind: "variable", what: "<v>", before: "_".repeat(300), after: "*".repeat(300) };
    const images = Array.from({ length: 300 }, (_, i) => image(`image ${i}`, "changed", Array(80).fill(difference)));
    for (const longest of [1000, 20_000, 65_000]) {
      const shown = page(images, longest);
      assert.ok(shown.length <= longest, `${shown.length} > ${longest}`);
      assert.match(shown, /… and \d+ more parts: the whole plan is elsewhere\./);
      assert.match(shown, /^### Image plan: 300 changed/);
    }
    assert.match(page(images, 1_000_000_000), /… and 30 more/);
  });

  it("tells what could not be read", () => {
    const mistake: Diagnostic = { code: "hcl/x", severity: "error", summary: "Un<closed> block" };
    assert.match(
      page([], 60_000, [mistake]),
      /Not everything could be read with the pull request:\n\n- Un&lt;closed&gt; block/,
    );
  });
});
