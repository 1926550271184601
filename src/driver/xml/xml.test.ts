// What the XML reader takes and what it refuses.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escapeXml, findChild, findDescendant, readText, readXml, type XmlElement } from "./xml.ts";

function read(text: string): XmlElement {
  const result = readXml(text);
  if ("problem" in result) {
    assert.fail(`${result.problem} at ${result.at}`);
  }
  return result;
}

function problem(text: string): string {
  const result = readXml(text);
  return "problem" in result ? result.problem : "none";
}

describe("driver/xml", () => {
  it("resolves prefixes and default namespaces, also where they are declared again", () => {
    const root = read('<?xml version="1.0"?><a:x xmlns:a="urn:1" xmlns="urn:2"><y/><a:y xmlns:a="urn:3"/></a:x>');
    assert.equal(root.namespace, "urn:1");
    assert.deepEqual(
      root.children.map(({ namespace, name }) => [namespace, name]),
      [
        ["urn:2", "y"],
        ["urn:3", "y"],
      ],
    );
  });

  it("joins text, CDATA and character references", () => {
    assert.equal(read("<x>a&lt;&#66;&#x43;<![CDATA[<&>]]><!-- no -->d</x>").text, "a<BC<&>d");
  });

  it("reads back what escapeXml wrote", () => {
    const awkward = `<&>"'\r\n\té😀`;
    assert.equal(read(`<x y="${escapeXml(awkward)}"/>`).attributes.get("y"), awkward);
    assert.equal(escapeXml("a\u0000b\ud800"), "a\ufffdb\ufffd");
  });

  it("finds children by path and text below", () => {
    const root = read("<a><b><c>one</c></b><d>two</d></a>");
    assert.equal(findChild(root, "b", "c")?.text, "one");
    assert.equal(findDescendant(root, "c")?.text, "one");
    assert.equal(readText(root), "one two");
  });

  it("says what is wrong", () => {
    assert.equal(problem(""), "cut-short");
    assert.equal(problem("hello"), "not-xml");
    assert.equal(problem("<!DOCTYPE html><html></html>"), "not-xml");
    assert.equal(problem("<a><b></b>"), "cut-short");
    assert.equal(problem("<a><b attr='x"), "cut-short");
    assert.equal(problem("<a"), "cut-short");
    assert.equal(problem("<a></b>"), "malformed");
    assert.equal(problem("<a b='1' b='2'/>"), "malformed");
    assert.equal(problem("<p:a/>"), "malformed");
    assert.equal(problem("text<a/>"), "not-xml");
  });

  it("refuses document types and every entity they could bring", () => {
    assert.equal(problem('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'), "document-type");
    assert.equal(problem("<x>&b;</x>"), "entity");
    assert.equal(problem("<x>a & b</x>"), "entity");
    assert.equal(problem("<x>&#0;</x>"), "entity");
    assert.equal(problem("<x>&constructor;</x>"), "entity");
  });

  it("refuses nesting without end", () => {
    assert.equal(problem("<a>".repeat(100_000)), "too-deep");
  });

  it("reads a megabyte of content without slowing down", () => {
    assert.equal(read(`<x>${"A".repeat(1 << 20)}</x>`).text.length, 1 << 20);
  });

  const MOST = 4_096_000;
  const hostile: Readonly<Record<string, (size: number) => string>> = {
    "elements that each declare a prefix of their own": (size) => {
      const piece = (i: number): string => `<a xmlns:p${i}="urn:x"/>`;
      return `<r>${Array.from({ length: size / 26 }, (_, i) => piece(i)).join("")}</r>`;
    },
    "nested elements that declare prefixes, and many below them": (size) => {
      const nested = Array.from({ length: 60 }, (_, i) => `<n xmlns:q${i}="urn:${i}">`).join("");
      return `${nested}${'<m xmlns:q="urn:q"/>'.repeat(size / 21)}${"</n>".repeat(60)}`;
    },
    "one element with declarations without end": (size) =>
      `<r ${Array.from({ length: size / 20 }, (_, i) => `xmlns:p${i}="u"`).join(" ")}/>`,
    "one element with attributes without end": (size) =>
      `<r ${Array.from({ length: size / 12 }, (_, i) => `a${i}="u"`).join(" ")}/>`,
    "empty elements without end": (size) => `<r>${"<a/>".repeat(size / 4)}</r>`,
    "comments without end": (size) => `<r>${"<!---->".repeat(size / 7)}</r>`,
    "references without end": (size) => `<r>${"&amp;".repeat(size / 5)}</r>`,
    "one open comment": (size) => `<r>${"<!--".repeat(size / 4)}`,
    "ampersands that are no references": (size) => `<r>${"&".repeat(size)}</r>`,
    "pieces of CDATA without end": (size) => `<r>${"<![CDATA[]]>".repeat(size / 12)}</r>`,
    "one name without end": (size) => `<${"a".repeat(size)}/>`,
  };
  for (const [what, write] of Object.entries(hostile)) {
    it(`is through with the longest answer in a moment: ${what}`, () => {
      const text = write(MOST);
      const begun = performance.now();
      readXml(text);
      assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
    });
  }

  it("says that there are too many elements or attributes", () => {
    assert.equal(problem(`<r>${"<a/>".repeat(200_000)}</r>`), "too-many");
    assert.equal(problem(`<r ${Array.from({ length: 1000 }, (_, i) => `a${i}="u"`).join(" ")}/>`), "too-many");
  });
});
