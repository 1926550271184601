import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { format } from "./format.ts";

/** Each pair: as written, as laid out. */
const layouts: readonly (readonly [says: string, written: string, laidOut: string])[] = [
  ["aligns the equals signs of neighbouring lines", "a=1\nlong_name = 2\n", "a         = 1\nlong_name = 2\n"],
  [
    "begins a new column after a blank line, a block and a value of several lines",
    "a=1\n\nlonger=2\nb=[\n1\n]\nlongest=3\n",
    "a = 1\n\nlonger = 2\nb = [\n  1\n]\nlongest = 3\n",
  ],
  ["aligns comments at the ends of lines", "a = 1 # one\nlonger = 2 // two\n", "a      = 1 # one\nlonger = 2 // two\n"],
  [
    "indents by two spaces for each open bracket line",
    "a {\nb {\nc = [\n1,\n]\n}\n}\n",
    "a {\n  b {\n    c = [\n      1,\n    ]\n  }\n}\n",
  ],
  ["indents once for a line that opens several brackets", "a = f({\nb = 1\n})\n", "a = f({\n  b = 1\n})\n"],
  ["leaves blank lines but not the spaces on them", "a = 1\n   \n\n\nb = 2\n", "a = 1\n\n\n\nb = 2\n"],
  [
    "puts spaces around operators and after commas",
    "a=1+2*3\nb=[1,2 ,3]\nc=x?y:z\n",
    "a = 1 + 2 * 3\nb = [1, 2, 3]\nc = x ? y : z\n",
  ],
  [
    "tells a sign from a subtraction",
    "a=-1\nb=1 -2\nc=[ - 1]\nd=x?-1:- 2\n",
    "a = -1\nb = 1 - 2\nc = [-1]\nd = x ? -1 : -2\n",
  ],
  ["puts no space after an exclamation mark", "a=! x\nb=x&&!y\n", "a = !x\nb = x && !y\n"],
  [
    "puts no spaces in calls, indexes and attribute access",
    "a=f (x , y ...)\nb=c [0] . d\n",
    "a = f(x, y...)\nb = c[0].d\n",
  ],
  [
    "puts spaces inside braces, but not inside empty ones",
    "a={b=1}\nc={ }\nd {e=1}\n",
    "a = { b = 1 }\nc = {}\nd { e = 1 }\n",
  ],
  [
    "leaves the text of strings alone and tidies their sequences",
    'a="x  ${ b+c }  y%{ if d }e%{endif}"\n',
    'a = "x  ${b + c}  y%{if d}e%{endif}"\n',
  ],
  [
    "leaves heredocs alone",
    "a {\nb=<<-EOT\n   x  ${ c }\n  EOT\nd = 1\n}\n",
    "a {\n  b = <<-EOT\n   x  ${c}\n  EOT\n  d = 1\n}\n",
  ],
  ["keeps a bracket after the word in of a loop apart", "a=[for x in [1]:x]\n", "a = [for x in [1] : x]\n"],
  ["counts characters as a person sees them", "ab = 1\nn\u0303 = 2 # x\n", "ab = 1\nn\u0303  = 2 # x\n"],
  ["keeps Windows line breaks", "a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"],
  ["keeps the end of the text as it is", "a=1", "a = 1"],
  ["turns tabs between tokens into spaces", "a {\n\tb\t=\t1\n}\n", "a {\n  b = 1\n}\n"],
  ["closes lines that close more than one level", "a {\nb = [{\nc = 1\n}]\n}\n", "a {\n  b = [{\n    c = 1\n  }]\n}\n"],
];

describe("hcl/format", () => {
  for (const [says, written, laidOut] of layouts) {
    it(says, () => {
      assert.deepEqual(format(written), { text: laidOut, diagnostics: [] });
      assert.equal(format(laidOut).text, laidOut);
    });
  }

  it("leaves a text with mistakes as it is and says what they are", () => {
    const { text, diagnostics } = format("a=(\nb  =  1\n", "x.pkr.hcl");
    assert.equal(text, "a=(\nb  =  1\n");
    assert.deepEqual(
      diagnostics.map(({ code, subject }) => [code, subject?.filename]),
      [["hcl/unclosed-bracket", "x.pkr.hcl"]],
    );
  });

  it("keeps a byte order mark", () => {
    assert.equal(format("\ufeffa=1\n").text, "\ufeffa = 1\n");
  });
});
