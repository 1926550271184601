// What a person notices of the `{{ }}` language beyond what Go prescribes: problems, hints and limits.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  parseTemplate,
  renderTemplate,
  TemplateFailure,
  type TemplateFunction,
  TemplateStruct,
  type TemplateValue,
} from "./template.ts";

const functions = new Map<string, TemplateFunction>();
for (const fn of [
  {
    name: "user",
    minArgs: 1,
    maxArgs: 1,
    parameters: ["string"] as const,
    call: ([name]: readonly TemplateValue[]) => `value of ${name}`,
  },
  {
    name: "refuse",
    minArgs: 2,
    maxArgs: 2,
    call: () => {
      throw new TemplateFailure("that key is gone", { hint: "use another", argument: 1 });
    },
  },
  { name: "double", minArgs: 1, maxArgs: 1, call: ([text]: readonly TemplateValue[]) => `${text}${text}` },
]) {
  functions.set(fn.name, { description: "For tests.", ...fn });
}

/** `[code, marked text, hint]` of everything that is wrong. */
function problemsOf(text: string, data: TemplateValue = {}): unknown[] {
  const parsed = parseTemplate(text, functions.keys());
  const outcome = "problems" in parsed ? parsed : renderTemplate(parsed.template, data, functions);
  if ("text" in outcome) {
    return [];
  }
  const problems = "problem" in outcome ? [outcome.problem] : outcome.problems;
  return problems.map(({ code, offset, length, hint }) => [
    code.replace("gotemplate/", ""),
    text.slice(offset, offset + length),
    hint,
  ]);
}

function render(text: string, data: TemplateValue = {}): string {
  const parsed = parseTemplate(text, functions.keys());
  if ("problems" in parsed) {
    assert.fail(JSON.stringify(parsed.problems));
  }
  const outcome = renderTemplate(parsed.template, data, functions);
  return "text" in outcome ? outcome.text : assert.fail(JSON.stringify(outcome.problem));
}

describe("gotemplate/template", () => {
  test("a text without actions stands for itself and is not read at all", () => {
    const parsed = parseTemplate("plain }} text");
    assert.ok("template" in parsed);
    assert.deepEqual(parsed.template.nodes, []);
    assert.deepEqual(renderTemplate(parsed.template, {}, functions), { text: "plain }} text" });
  });

  test("all mistakes of one text are named, in the order of their places", () => {
    assert.deepEqual(problemsOf("{{usr `a`}} {{if }}{{.a-b}}{{end}} {{'ab'}} {{$x}} {{user `a`"), [
      ["unknown-function", "usr", 'did you mean "user"?'],
      ["missing-value", "}}", undefined],
      ["unexpected", "-", 'a key with "-" is read with index: {{index . "a-…"}}'],
      ["invalid-literal", "'ab'", "a text is written in backquotes or double quotes"],
      ["unknown-variable", "$x", "declare it with $x := value"],
      ["unclosed-action", "{{", "add }}"],
    ]);
  });

  test("the end of a block whose beginning is broken is no mistake of its own", () => {
    assert.deepEqual(problemsOf("{{if nope}}a{{else}}b{{end}}").length, 1);
    assert.deepEqual(problemsOf("{{if .a = }}a{{else}}b{{end}}").length, 1);
    assert.deepEqual(problemsOf("{{“if” .a}}a{{else}}b{{end}}").length, 1);
  });

  test("an action that is not closed before the next one leaves that one readable", () => {
    assert.deepEqual(problemsOf("{{user `a` {{nope}}"), [
      ["unclosed-action", "{{", "add }} before the next {{"],
      ["unknown-function", "nope", "a value of the template is written with a dot: .nope"],
    ]);
  });

  test("usual slips get a hint that fits", () => {
    const hints: readonly [string, string][] = [
      ["{{user a}}", "a text is written in backquotes: `a`"],
      ["{{Path}}", "a value of the template is written with a dot: .Path"],
      ["{{. Path}}", "leave out the blank: .Path"],
      ['{{user \\"a\\"}}', "quotes inside {{ }} take no backslash; backquotes need none in JSON either"],
      ["{{user`a`}}", "put a blank before the quote"],
      ["{{user 'a'}}", "write it in backquotes"],
      ["{{elif .x}}", "write else if"],
      ["{{1+2}}", "templates cannot calculate"],
      ["{{user `a}} and {{user `b`}}", "the text before it contains }}: is a closing quote missing?"],
      ["{{ /* note */ }}", "a comment begins right after {{ and ends right before }}"],
      ["{{-.Path}}", "a trim marker needs a blank: {{- "],
      ["{{if true}}", "add {{end}} where the if ends"],
    ];
    for (const [text, hint] of hints) {
      assert.equal((problemsOf(text)[0] as unknown[] | undefined)?.[2], hint, text);
    }
  });

  test("a field that the data of this place lacks is named together with those there are", () => {
    const data = new TemplateStruct({ Path: "/tmp/x", Vars: "" });
    assert.equal(render("{{.Vars}}sh {{.Path}}", data), "sh /tmp/x");
    assert.deepEqual(problemsOf("{{.Pth}}", data), [["unknown-field", ".Pth", 'did you mean ".Path"?']]);
    assert.deepEqual(problemsOf("{{.Command}}", data), [["unknown-field", ".Command", "known here: .Path, .Vars"]]);
  });

  test("names of JavaScript's own properties are ordinary keys", () => {
    assert.equal(render("{{.constructor}} {{.__proto__}} {{index . `toString`}}"), "<no value> <no value> <no value>");
    assert.equal(problemsOf("{{constructor}}").length, 1);
    assert.equal(problemsOf("{{.hasOwnProperty}}", new TemplateStruct({})).length, 1);
  });

  test("a function can blame one of its arguments and say what to try", () => {
    assert.deepEqual(problemsOf("{{refuse `a` `b`}}"), [["function-failed", "`b`", "use another"]]);
  });

  test("a function that is a value is no text, and the hint says how to run it", () => {
    const parsed = parseTemplate("a {{.run}}");
    assert.ok("template" in parsed);
    const outcome = renderTemplate(parsed.template, { run: () => "x" }, functions);
    assert.ok("problem" in outcome);
    assert.equal(outcome.problem.code, "gotemplate/not-printable");
    assert.equal(outcome.problem.hint, "run it with call");
  });

  test("without known names a missing function is noticed when it is called", () => {
    const parsed = parseTemplate("{{if .on}}{{usr `a`}}{{end}}");
    assert.ok("template" in parsed);
    assert.deepEqual(renderTemplate(parsed.template, { on: false }, functions), { text: "" });
    const outcome = renderTemplate(parsed.template, { on: true }, functions);
    assert.ok("problem" in outcome);
    assert.equal(outcome.problem.code, "gotemplate/unknown-function");
    assert.equal(outcome.problem.hint, 'did you mean "user"?');
  });

  test("whole numbers stay exact beyond what JavaScript's numbers hold", () => {
    assert.equal(
      render("{{.n}} {{9007199254740993}} {{eq .n 9007199254740993}}", { n: 9007199254740993n }),
      "9007199254740993 9007199254740993 true",
    );
  });

  test("a place behind characters of two units is counted in units", () => {
    assert.deepEqual(problemsOf("😀 {{nope}}"), [
      ["unknown-function", "nope", "a value of the template is written with a dot: .nope"],
    ]);
  });
});

describe("gotemplate/template limits", () => {
  const bombs: readonly [string, string, string][] = [
    ["a template that calls itself", "{{template `root`}}", "too-deep"],
    [
      "two templates that call one another",
      "{{define `a`}}{{if true}}{{template `b` .}}{{end}}{{end}}{{define `b`}}{{template `a` .}}{{end}}{{template `a` .}}",
      "too-deep",
    ],
    [
      "a template that calls itself inside of ranges",
      "{{range .}}{{range $}}{{with 1}}{{template `root` $}}{{end}}{{end}}{{end}}",
      "too-deep",
    ],
    ["a range over a huge number", "{{range 9223372036854775807}}{{end}}", "too-much"],
    ["ranges inside of ranges", `${"{{range 1000}}".repeat(6)}x${"{{end}}".repeat(6)}`, "too-much"],
    ["a text that grows with every round", "{{$x := `ab`}}{{range 1000}}{{$x = print $x $x}}{{end}}", "too-much"],
    [
      "a text that a function doubles with every round",
      "{{$x := `ab`}}{{range 1000}}{{$x = double $x}}{{end}}",
      "too-much",
    ],
    ["a wide column", "{{printf `%9000000d` 1}}", "too-much"],
    ["many wide columns", "{{range 100}}{{printf `%1000000d` 1}}{{end}}", "too-much"],
    ["wide elements", "{{printf `%1000000v` .}}", "too-much"],
    [
      "a loop over a huge text",
      "{{$x := printf `%8000000d` 1}}{{range 1000000}}{{if len $x}}{{end}}{{end}}",
      "too-much",
    ],
    ["variables without end", "{{$x := 1}}".repeat(100_000), "too-much"],
    ["actions that never close", "{{ ".repeat(300_000), "unclosed-action"],
    ["comments that never close", "{{/*".repeat(300_000), "unclosed-comment"],
    ["texts that never close", '{{"\n'.repeat(300_000), "unclosed-text"],
    ["parentheses without end", `{{${"(".repeat(100_000)}1${")".repeat(100_000)}}}`, "too-deep"],
    ["blocks without end", "{{if true}}".repeat(100_000), "too-deep"],
    ["else without end", `{{if false}}${"{{else if false}}".repeat(100_000)}{{end}}`, "too-deep"],
    ["nested templates without end", "{{block `a` .}}".repeat(100_000), "too-deep"],
  ];
  for (const [what, text, code] of bombs) {
    test(`${what} ends in a problem`, () => {
      const codes = problemsOf(text, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).map((problem) => (problem as unknown[])[0]);
      assert.ok(codes.includes(code), JSON.stringify(codes.slice(0, 5)));
    });
  }

  test("a long chain of pipes is no deep nesting", () => {
    assert.equal(render(`{{1${" | print".repeat(20_000)}}}`), "1");
  });

  test("a long text with many actions is read in one go", () => {
    assert.equal(render("{{user `a`}};".repeat(150_000)).length, 11 * 150_000);
  });
});
